/** Which span of time an evaluation looks at. @module */
import { parseDuration } from "./duration.ts";
import type { TimeWindow } from "./evaluation.ts";
import { textAt, type JsonObject } from "./json.ts";
import {
  formatTimestamp,
  later,
  parseTimestamp,
  type Timestamp,
  timestampAt,
} from "./timestamp.ts";

/** Texts as given; empty = not given. */
export interface AskedWindow {
  readonly start: string;
  readonly end: string;
  readonly timeframe: string;
}

/** A window that cannot be resolved, with a sentence that says why. */
export interface BadWindow {
  readonly error: string;
}

const DEFAULT_TIMEFRAME = "5m";
const SHORTEST_MILLIS = 60_000;
/** Go's longest duration, in milliseconds. */
const LONGEST_MILLIS = 2 ** 63 / 1e6;

/** Resolves start, end and time frame (Keptn: lighthouse.md 8.2); `now` in milliseconds since 1970. */
export function resolveWindow(asked: AskedWindow, now: number): TimeWindow | BadWindow {
  const { start, end, timeframe } = asked;
  const contradiction = contradictionIn(asked);
  if (contradiction) return { error: contradiction };
  const span = parseSpan(timeframe || DEFAULT_TIMEFRAME);
  if (span === undefined) {
    return {
      error: `could not parse provided timeframe: ${JSON.stringify(timeframe)} is no duration such as 5m, 90s or 1h30m`,
    };
  }
  const from = start ? parseTimestamp(start) : later(timestampAt(now), -span);
  if (!from) return { error: unreadable(start) };
  const to = end ? parseTimestamp(end) : start ? later(from, span) : timestampAt(now);
  if (!to) return { error: unreadable(end) };
  if (millisBetween(from, to) < SHORTEST_MILLIS) {
    return { error: "end date must be at least 1 minute after start date" };
  }
  return { start: formatTimestamp(from), end: formatTimestamp(to) };
}

/**
 * The window of an `evaluation.triggered` event: its own times, else those of the test before it,
 * which are taken as they are (Keptn: lighthouse.md 8.1).
 */
export function evaluationWindow(data: JsonObject, now: number): TimeWindow | BadWindow {
  const asked = {
    start: textAt(data, "evaluation", "start") ?? "",
    end: textAt(data, "evaluation", "end") ?? "",
    timeframe: textAt(data, "evaluation", "timeframe") ?? "",
  };
  if ((asked.start && asked.end) || asked.timeframe) return resolveWindow(asked, now);
  const start = textAt(data, "test", "start");
  const end = textAt(data, "test", "end");
  if (start && end) return { start, end };
  return { error: "evaluation.triggered event does not contain evaluation timeframe" };
}

/** Length of a window in whole seconds, rounded up; 0 when its texts are no timestamps. */
export function windowSeconds({ start, end }: TimeWindow): number {
  const from = parseTimestamp(start);
  const to = parseTimestamp(end);
  return from && to ? Math.ceil(millisBetween(from, to) / 1_000) : 0;
}

function contradictionIn({ start, end, timeframe }: AskedWindow): string | undefined {
  if (start && !end && !timeframe) return "no timeframe or end date provided";
  if (end && timeframe) return "'end' and 'timeframe' are mutually exclusive";
  if (end && !start) return "start date is required when using an end date";
  return undefined;
}

/** Milliseconds, exact to the nanosecond. */
function parseSpan(text: string): number | undefined {
  const millis = parseDuration(text);
  if (millis === undefined || Math.abs(millis) >= LONGEST_MILLIS) return undefined;
  return Math.round(millis * 1e6) / 1e6;
}

function millisBetween(from: Timestamp, to: Timestamp): number {
  return to.epochMillis - from.epochMillis + (to.nanos - from.nanos) / 1e6;
}

function unreadable(text: string): string {
  return `could not parse ${JSON.stringify(text)}: write a timestamp such as 2026-01-31T15:04:05.000Z`;
}
