/** Waiting for open events: `event/triggered/{type}?wait=30s[&after=CURSOR]`. @module */
import { parseDuration } from "../../spec/duration.ts";
import { KeptnError } from "../../spec/errors.ts";
import type { LogEntry } from "../engine/controller_types.ts";
import {
  and,
  countEvents,
  selectAfter,
  selectSpan,
  whereOpen,
  type Where,
} from "../tables/event_query_table.ts";
import type { HttpDeps } from "./deps.ts";
import { type EntryFilter, fits } from "./entry_filter.ts";
import type { Live } from "./live.ts";

export interface Poll {
  readonly type: string;
  readonly filter: Pick<EntryFilter, "project" | "stage" | "service" | "id">;
  readonly size: number;
  /** Milliseconds. */
  readonly wait: number;
  readonly after: string | undefined;
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
}
export interface Polled {
  /** Events as JSON texts. */
  readonly bodies: readonly string[];
  readonly total: number;
  readonly cursor: string;
}

const MOST_WAIT = 60_000;
const CURSOR = /^c([0-9a-z]{1,10})$/;

/** Milliseconds of `wait`. @throws {KeptnError} ERR_QUERY_INVALID */
export function waitOf(text: string): number {
  const wait = parseDuration(text);
  if (wait !== undefined && wait >= 0 && wait <= MOST_WAIT) return wait;
  throw new KeptnError(
    "ERR_QUERY_INVALID",
    `wait=${text}: a duration from 0s to 60s is expected, such as 30s`,
  );
}

/**
 * Open events after a cursor, oldest first, as soon as there are any; none when the time is up, the
 * client is gone or the host stops.
 */
export async function longPoll(deps: HttpDeps, live: Live, poll: Poll): Promise<Polled> {
  const until = deps.clock.now() + poll.wait;
  const given = poll.after === undefined ? undefined : await placeOf(deps, poll.after);
  const filter = { ...poll.filter, type: poll.type };
  const arrived: LogEntry[] = [];
  let wake: () => void = () => {};
  const wakeUp = (): void => wake();
  // Watching begins before the log is read, so that nothing falls between the two.
  const unwatch = live.watch((entries) => {
    arrived.push(...entries.filter((entry) => entry.open && fits(entry, filter)));
    wake();
  }, poll.type);
  const cancelTimer = poll.wait > 0 ? deps.clock.at(until, wakeUp) : () => {};
  poll.gone.addEventListener("abort", wakeUp);
  try {
    const { found, place } = await readOpen(deps, poll, given, arrived);
    if (found) return found;
    for (;;) {
      if (arrived.length > 0) return polled(arrived.slice(0, poll.size), arrived.length);
      const over = deps.clock.now() >= until || poll.gone.aborted || live.stopping;
      if (over) return { bodies: [], total: 0, cursor: poll.after ?? cursorAt(place) };
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    unwatch();
    cancelTimer();
    poll.gone.removeEventListener("abort", wakeUp);
  }
}

/** What is open in the log, read again while more arrives; `place` is where it ended. */
async function readOpen(
  deps: HttpDeps,
  poll: Poll,
  after: number | undefined,
  arrived: LogEntry[],
): Promise<{ readonly found?: Polled; readonly place: number }> {
  const where = whereOpen(poll.type, poll.filter);
  const from = after ?? 0;
  for (;;) {
    arrived.length = 0;
    const [rows = [], span] = await deps.store.read([
      selectAfter(where, from, poll.size),
      selectSpan(),
    ]);
    const last = rows.at(-1);
    if (last) {
      const whole = rows.length < poll.size;
      const total = whole ? rows.length : await countAfter(deps, where, from);
      const bodies = rows.map((row) => String(row.body));
      return { found: { bodies, total, cursor: cursorAt(Number(last.seq)) }, place: from };
    }
    if (arrived.length === 0) return { place: after ?? Number(span?.[0]?.newest ?? 0) };
  }
}

function polled(entries: readonly LogEntry[], total: number): Polled {
  const bodies = entries.map(({ event }) => JSON.stringify(event));
  return { bodies, total, cursor: cursorAt(entries.at(-1)!.seq) };
}

async function countAfter(deps: HttpDeps, where: Where, seq: number): Promise<number> {
  const after = and(where, { parts: ["seq > ?"], args: [seq] });
  const [counts] = await deps.store.read([countEvents(after)]);
  return Number(counts?.[0]?.n ?? 0);
}

function cursorAt(seq: number): string {
  return `c${seq.toString(36)}`;
}

/** Place in the log that a cursor names. @throws {KeptnError} ERR_QUERY_INVALID */
async function placeOf(deps: HttpDeps, cursor: string): Promise<number> {
  const digits = CURSOR.exec(cursor)?.[1];
  const rule = "pass the cursor of an earlier answer unchanged, or leave after away to start anew";
  if (digits === undefined) {
    throw new KeptnError("ERR_QUERY_INVALID", `after=${cursor} is no cursor: ${rule}`);
  }
  const seq = parseInt(digits, 36);
  if (seq <= deps.controller.newest) return seq;
  const [span] = await deps.store.read([selectSpan()]);
  if (seq <= Number(span?.[0]?.newest ?? 0)) return seq;
  throw new KeptnError(
    "ERR_QUERY_INVALID",
    `after=${cursor} has expired, it is not of this log: ${rule}`,
  );
}
