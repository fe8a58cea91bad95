/** What a task has asked the outside and what it was told: the memory from which it resumes. @module */
import { isObject, type Json, type JsonObject } from "../spec/json.ts";
import type { GroupWriter } from "./group_writer.ts";
import type { PluginStore, Row, Statement } from "./ports.ts";
import type { CallAnswer, GuestCall, Replayed } from "./sandbox/types.ts";
import { guardTask, type TaskRow } from "./task_tables.ts";

/** One call; without an answer it is an intent whose fate is unknown. */
export interface JournalEntry {
  readonly call: number;
  readonly name: string;
  readonly args: Json;
  readonly answer: CallAnswer | null;
  readonly settled: number | null;
  readonly now: number | null;
  /** What the call must remember itself, such as the instant until which it sleeps. */
  readonly note: JsonObject;
}

/** Rows of one statement stay well under the store's limit for a value. */
const CHUNK = 1_000_000;

/**
 * The journal of one task.
 *
 * Pure reads are only remembered here and written together with the next effect or suspension: a
 * crash before that repeats them, and nothing has depended on them yet.
 */
export class Journal {
  private readonly entries = new Map<number, JournalEntry>();
  private readonly dirty = new Set<number>();
  private dropAfter: number | undefined;
  private readonly writer: GroupWriter;
  private readonly task: TaskRow;
  private readonly prefix: string;
  private settled = 0;
  private clock = 0;
  private tail: Promise<void> = Promise.resolve();
  /** Statements that must go along with the first durable row, such as the pin of the bundle. */
  private first: readonly Statement[];

  constructor(
    writer: GroupWriter,
    task: TaskRow,
    options: { rows?: readonly Row[]; first?: readonly Statement[]; prefix?: string } = {},
  ) {
    this.writer = writer;
    this.task = task;
    this.first = options.first ?? [];
    this.prefix = options.prefix ?? "";
    for (const row of options.rows ?? []) {
      const entry = readEntry(row);
      this.entries.set(entry.call, entry);
      this.settled = Math.max(this.settled, entry.settled ?? 0);
      this.clock = Math.max(this.clock, entry.now ?? 0);
    }
  }

  /** Whether rows of this task stand in the store, or will with the next write. */
  get pinned(): boolean {
    return this.first.length === 0;
  }

  /** The rows of a task's journal; `prefix` tells its cancel handler's journal from its own. */
  static async rows(store: PluginStore, task: string, prefix = ""): Promise<Row[]> {
    const [rows] = await store.read([
      { sql: `SELECT * FROM journal WHERE task=? ORDER BY call`, args: [prefix + task] },
    ]);
    return rows ?? [];
  }

  /** Answered calls in the order in which they settled. */
  replay(): Replayed[] {
    return [...this.entries.values()]
      .filter((entry) => entry.answer !== null)
      .sort((a, b) => a.settled! - b.settled!)
      .map(({ call, name, args, answer, now }) => ({
        index: call,
        name,
        args,
        answer: answer!,
        now: now!,
      }));
  }

  entry(call: number): JournalEntry | undefined {
    return this.entries.get(call);
  }

  /** Which turn of which loops a call belongs to; part of its idempotency key. */
  key(call: number): string {
    const turns = [...this.entries.values()]
      .filter((entry) => entry.call < call && entry.name === "poll" && Number(entry.note.turn) > 0)
      .map((entry) => `${entry.call}.${String(entry.note.turn)}/`);
    return `${this.task.id}/${turns.join("")}${call}`;
  }

  /** Makes durable that a call is about to be made. */
  async intent(call: GuestCall, note: JsonObject = {}): Promise<void> {
    this.note(call, note);
    await this.flush();
  }

  /** Remembers an unanswered call; durable with the next write. */
  note(call: GuestCall, note: JsonObject): void {
    const { index, name, args } = call;
    this.put({ call: index, name, args, answer: null, settled: null, now: null, note });
  }

  /** Begins a new turn of a loop: what the turn before it called is forgotten. */
  turn(call: GuestCall, note: JsonObject): void {
    for (const index of this.entries.keys()) {
      if (index <= call.index) continue;
      this.entries.delete(index);
      this.dirty.delete(index);
    }
    this.dropAfter = Math.min(this.dropAfter ?? call.index, call.index);
    this.note(call, note);
  }

  /**
   * Settles a call: numbers its answer, writes it when `durable`, and resolves in the order of the
   * numbers, with the guest's new time.
   */
  settle(
    call: GuestCall,
    answer: CallAnswer,
    options: { now: number; durable?: boolean },
  ): Promise<{ answer: CallAnswer; now: number }> {
    const now = this.number(call, answer, options.now);
    const written = options.durable ? this.flush() : Promise.resolve();
    const before = this.tail;
    const done = Promise.all([before, written]).then(() => undefined);
    this.tail = done.catch(() => undefined);
    return done.then(() => ({ answer, now }));
  }

  /** The statements of an answer that somebody else writes together with its effect. */
  along(call: GuestCall, answer: CallAnswer, now: number): readonly Statement[] {
    this.number(call, answer, now);
    return this.take();
  }

  /** Everything not yet durable, for the write of a suspension. */
  take(): readonly Statement[] {
    const statements: Statement[] = [];
    if (this.dropAfter !== undefined) {
      statements.push({
        sql: `DELETE FROM journal WHERE task=? AND call>?`,
        args: [this.prefix + this.task.id, this.dropAfter],
      });
      this.dropAfter = undefined;
    }
    const rows = [...this.dirty].map((call) => writeEntry(this.entries.get(call)!));
    this.dirty.clear();
    for (const chunk of chunks(rows)) {
      statements.push({
        sql: `INSERT OR REPLACE INTO journal (task,call,name,args,answer,settled,now,note)
              SELECT ?, value->>'call',value->>'name',value->>'args',value->>'answer',
                value->>'settled',value->>'now',value->>'note' FROM json_each(?)`,
        args: [this.prefix + this.task.id, `[${chunk.join(",")}]`],
      });
    }
    if (statements.length === 0) return statements;
    const first = this.first;
    this.first = [];
    return [guardTask(this.task), ...first, ...statements];
  }

  private flush(): Promise<void> {
    return this.writer.write(this.take());
  }

  private number(call: GuestCall, answer: CallAnswer, at: number): number {
    const known = this.entries.get(call.index);
    const now = Math.max(this.clock, at);
    this.clock = now;
    this.settled += 1;
    const { index, name, args } = call;
    const note = known?.note ?? {};
    this.put({ call: index, name, args, answer, settled: this.settled, now, note });
    return now;
  }

  private put(entry: JournalEntry): void {
    this.entries.set(entry.call, entry);
    this.dirty.add(entry.call);
  }
}

function* chunks(rows: readonly string[]): Generator<string[]> {
  let chunk: string[] = [];
  let size = 0;
  for (const row of rows) {
    if (size + row.length > CHUNK && chunk.length > 0) {
      yield chunk;
      chunk = [];
      size = 0;
    }
    chunk.push(row);
    size += row.length;
  }
  if (chunk.length > 0) yield chunk;
}

function writeEntry(entry: JournalEntry): string {
  return JSON.stringify({
    ...entry,
    args: JSON.stringify(entry.args),
    answer: entry.answer === null ? null : JSON.stringify(entry.answer),
    note: JSON.stringify(entry.note),
  });
}

function readEntry(row: Row): JournalEntry {
  const note: unknown = JSON.parse(String(row.note ?? "{}"));
  return {
    call: Number(row.call),
    name: String(row.name),
    args: JSON.parse(String(row.args)) as Json,
    answer: row.answer === null ? null : (JSON.parse(String(row.answer)) as CallAnswer),
    settled: row.settled === null ? null : Number(row.settled),
    now: row.now === null ? null : Number(row.now),
    note: isObject(note) ? note : {},
  };
}
