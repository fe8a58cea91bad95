/** Waiting for open events: `event/triggered/{type}?wait=30s[&after=CURSOR]`. @module */
import { parseDuration } from "../../spec/duration.ts";
import { KeptnError } from "../../spec/errors.ts";
import type { Row } from "../ports/store.ts";
import {
  and,
  countEvents,
  selectAfter,
  selectSpan,
  type Where,
} from "../tables/event_query_table.ts";
import type { HttpDeps } from "./deps.ts";
import type { Live } from "./live.ts";

export interface Poll {
  readonly type: string;
  readonly where: Where;
  readonly size: number;
  /** Milliseconds. */
  readonly wait: number;
  readonly after: string | undefined;
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
}
export interface Polled {
  readonly rows: readonly Row[];
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
  let wake: () => void = () => {};
  let woken = new Promise<void>((resolve) => (wake = resolve));
  // Watching begins before the first read, so that nothing falls between the two.
  const unwatch = live.watch(() => wake(), poll.type);
  const cancelTimer = poll.wait > 0 ? deps.clock.at(until, () => wake()) : () => {};
  poll.gone.addEventListener("abort", wakeUp);
  function wakeUp(): void {
    wake();
  }
  try {
    let place = given;
    for (;;) {
      const from = place ?? 0;
      const [rows = [], span] = await deps.store.read([
        selectAfter(poll.where, from, poll.size),
        ...(place === undefined ? [selectSpan()] : []),
      ]);
      place ??= Number(span?.[0]?.newest ?? 0);
      const last = rows.at(-1);
      if (last) {
        const total = rows.length < poll.size ? rows.length : await countAfter(deps, poll, from);
        return { rows, total, cursor: cursorAt(Number(last.seq)) };
      }
      const over = deps.clock.now() >= until || poll.gone.aborted || live.stopping;
      if (over) return { rows: [], total: 0, cursor: poll.after ?? cursorAt(place) };
      await woken;
      woken = new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    unwatch();
    cancelTimer();
    poll.gone.removeEventListener("abort", wakeUp);
  }
}

async function countAfter(deps: HttpDeps, poll: Poll, seq: number): Promise<number> {
  const after = and(poll.where, { parts: ["seq > ?"], args: [seq] });
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
