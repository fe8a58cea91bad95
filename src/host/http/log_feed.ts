/** A reader of the log that follows it from memory and falls back to the store when it lags. @module */
import type { LogEntry } from "../engine/controller_types.ts";
import { selectAfter, whereEqual, type Where } from "../tables/event_query_table.ts";
import type { HttpDeps } from "./deps.ts";
import { type EntryFilter, fits } from "./entry_filter.ts";
import type { Live } from "./live.ts";
import { messagesOf, messagesOfRow } from "./sse_message.ts";

const PART = 200;
/** Messages that may wait for a slow client before it is sent back to reading the log. */
const MOST_WAITING = 1_000;

export class LogFeed {
  readonly #deps: HttpDeps;
  readonly #live: Live;
  readonly #filter: EntryFilter;
  readonly #where: Where;
  readonly #unwatch: () => void;
  /** Everything up to here was looked at. */
  #place: number;
  /** Everything up to here was handed out. */
  #handed: number;
  #waiting: string[] = [];
  /** Whether what is committed is taken from memory. */
  #current = false;
  #closed = false;
  #wake: () => void = () => {};

  /** Follows the log after `place`; watching begins at once. */
  constructor(deps: HttpDeps, live: Live, filter: EntryFilter, place: number) {
    this.#deps = deps;
    this.#live = live;
    this.#filter = filter;
    this.#where = whereFeed(filter);
    this.#place = place;
    this.#handed = place;
    this.#unwatch = live.watch((entries) => this.#heard(entries));
  }

  /** Messages as soon as there are any; null when the feed was closed or the host stops. */
  async next(): Promise<string | null> {
    for (;;) {
      if (this.#closed || this.#live.stopping) return null;
      const text = this.#current ? this.#waiting.splice(0).join("") : await this.#read();
      if (text !== "") {
        this.#handed = this.#place;
        return text;
      }
      if (this.#current && this.#waiting.length === 0) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }

  /** Puts a message of the caller's own between those of the log. */
  push(message: string): void {
    if (this.#current) this.#waiting.push(message);
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#unwatch();
    this.#wake();
  }

  #heard(entries: readonly LogEntry[]): void {
    if (this.#current) {
      for (const entry of entries) {
        if (entry.seq <= this.#place) continue;
        this.#place = entry.seq;
        if (fits(entry, this.#filter)) this.#waiting.push(messagesOf(entry));
      }
      if (this.#waiting.length > MOST_WAITING) {
        this.#waiting = [];
        this.#current = false;
        this.#place = this.#handed;
      }
    }
    this.#wake();
  }

  async #read(): Promise<string> {
    const known = this.#deps.controller.newest;
    const [rows = []] = await this.#deps.store.read([selectAfter(this.#where, this.#place, PART)]);
    const last = rows.at(-1);
    if (last) this.#place = Number(last.seq);
    // What is committed from here on is heard, provided that this read saw all that was known.
    if (rows.length < PART && this.#deps.controller.newest === known) {
      this.#current = true;
      this.#place = Math.max(this.#place, known);
    }
    return rows.map(messagesOfRow).join("");
  }
}

function whereFeed({ type, ...rest }: EntryFilter): Where {
  const where = whereEqual(rest, rest.context === undefined ? "project" : "context");
  if (type === undefined) return where;
  const parts = [...where.parts, `(type = ? OR origin = 'internal')`];
  return { parts, args: [...where.args, type] };
}
