/** Spans of time as authors write them. @module */
import { parseDuration } from "../../../spec/duration.ts";
import type { Span } from "../../sdk/context.ts";

/** Milliseconds of a span; throws with what would be right. */
export function span(value: Span, what: string): number {
  const milliseconds = typeof value === "number" ? value : parseDuration(value);
  if (milliseconds === undefined || !(milliseconds >= 0) || milliseconds === Infinity) {
    throw new RangeError(
      `${what}: ${JSON.stringify(value)} is no span; write milliseconds or a duration such as "90s"`,
    );
  }
  return milliseconds;
}
