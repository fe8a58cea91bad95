/** Values of vector files. @module */
import { formatTimestamp, timestampAt } from "../../src/spec/timestamp.ts";

/** The instant at which vectors run, in milliseconds. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** A number as it stands in a vector: non-finite ones are texts. */
export function readNumber(value: unknown): number {
  if (value === "+Inf") return Infinity;
  if (value === "-Inf") return -Infinity;
  if (value === "NaN") return NaN;
  if (typeof value !== "number") throw new Error(`expected a number, not ${JSON.stringify(value)}`);
  return value;
}

const NOT_FINITE = new Set(["+Inf", "-Inf", "NaN"]);

/** The same value with its non-finite numbers as numbers, at every depth. */
export function withNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value === "string" && NOT_FINITE.has(value)) return readNumber(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withNumbers(item)]));
}

export function readText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new Error(`expected a text, not ${JSON.stringify(value)}`);
  return value;
}

export function readList(value: unknown): readonly Record<string, unknown>[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error(`expected a list, not ${JSON.stringify(value)}`);
  return value as Record<string, unknown>[];
}

/** A handler's error is the text of Go's JSON decoder: only that there is one can be compared. */
export function withoutGoWords(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("handlerError" in value)) return value;
  return { ...value, handlerError: value.handlerError ? "some error" : undefined };
}

/** Replaces `startOffsetFromNowSeconds` and its like by the timestamps they mean. */
export function fixWindow(expected: Record<string, unknown>, now: number): unknown {
  const { startOffsetFromNowSeconds: from, endOffsetFromNowSeconds: to, ...rest } = expected;
  const at = (seconds: unknown): string =>
    formatTimestamp(timestampAt(now + readNumber(seconds) * 1_000));
  return {
    ...rest,
    ...(from === undefined ? {} : { start: at(from) }),
    ...(to === undefined ? {} : { end: at(to) }),
  };
}
