/** A group of inputs on its way into the log: decided together, written together. @module */
import type { Reason } from "../../spec/reason.ts";
import type { Statement } from "../ports/store.ts";
import type { NewEntry } from "../tables/event_table.ts";
import type { Accepted, AcceptOptions, LogEntry } from "./controller_types.ts";
import type { Decision, Input } from "./decide.ts";
import { type Draft, type Moment } from "./draft.ts";

/** One input with what its sender waits for. */
export interface Item {
  readonly input: Input;
  readonly moment: Moment;
  readonly options?: AcceptOptions;
  readonly resolve: (accepted: Accepted) => void;
  readonly reject: (error: unknown) => void;
  /** How often its group was refused. */
  tries: number;
}

/** An item with what was decided about it. */
export interface Decided {
  readonly item: Item;
  readonly decision: Decision;
}

/** A key under which a request was taken before. */
export interface Repeat {
  readonly event: string;
  readonly context: string;
}

/** What a group writes, and which statements belong to whom. */
export interface Batch {
  readonly draft: Draft;
  readonly decided: readonly Decided[];
  readonly entries: readonly NewEntry[];
  readonly statements: readonly Statement[];
  /** Index of the first statement that inserts event rows, and how many there are. */
  readonly eventsFrom: number;
  readonly eventsCount: number;
  /** Statement index → the item that brought it along. */
  readonly along: ReadonlyMap<number, Item>;
}

/** Statement index of the last event row's INSERT; entries of one batch stand side by side in the log. */
export function lastInsert({ eventsFrom, eventsCount }: Batch): number {
  return eventsFrom + eventsCount - 1;
}

/** The committed entries with their places in the log, of which the last one's is given. */
export function placed({ entries }: Batch, last: number): LogEntry[] {
  const first = last - entries.length + 1;
  return entries.map((entry, index) => ({ ...entry, seq: first + index }));
}

/** Answers everybody in a group whose write is durable. */
export function answerAll(decided: readonly Decided[], entries: readonly LogEntry[]): void {
  const places = new Map(entries.map(({ event, seq }) => [event.id, seq]));
  for (const { item, decision } of decided) item.resolve(accepted(item, decision, places));
}

function accepted(
  { input }: Item,
  decision: Decision,
  places: ReadonlyMap<string, number>,
): Accepted {
  if (decision.kind === "refused") return decision;
  const refused: { refused?: Reason } =
    decision.kind === "recorded" && decision.refused ? { refused: decision.refused } : {};
  if (input.kind !== "event") return { kind: "done" };
  return { kind: "recorded", event: input.event, seq: places.get(input.event.id) ?? 0, ...refused };
}
