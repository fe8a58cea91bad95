/** Brings a decided group into the store: which statements, and what became of them. @module */
import type { Ids } from "../ports/clock.ts";
import { GuardFailed, type Statement, type Store } from "../ports/store.ts";
import { selectSeq } from "../tables/event_table.ts";
import { insertDedupe, markCommit, selectMark } from "./commit.ts";
import { type Batch, type Decided, type Item, lastInsert } from "./group.ts";

/** Adds what the items brought along to the group's own statements. */
export function assemble(group: {
  readonly draft: Batch["draft"];
  readonly decided: readonly Decided[];
  readonly entries: Batch["entries"];
  readonly own: readonly Statement[];
  /** How many statements of `own` guard, and how many after them insert event rows. */
  readonly guards: number;
  readonly events: number;
}): Batch {
  const { draft, decided, entries, own, guards, events } = group;
  const along = new Map<number, Item>();
  const statements = [...own];
  for (const { item, decision } of decided) {
    if (decision.kind === "refused") continue;
    for (const statement of item.options?.along ?? []) {
      along.set(statements.length, item);
      statements.push(statement);
    }
  }
  return { draft, decided, entries, statements, eventsFrom: guards, eventsCount: events, along };
}

/** Remembers the keys of a group's requests (design D7). */
export function dedupeOf(decided: readonly Decided[]): Statement[] {
  const rows = decided.flatMap(({ item: { input, moment, options }, decision }) => {
    if (input.kind !== "event" || decision.kind === "refused") return [];
    const { id: event, shkeptncontext: context } = input.event;
    return (options?.dedupe ?? []).map((key) => ({ key, event, context, at: moment.now }));
  });
  return insertDedupe(rows);
}

export class BatchWriter {
  private readonly store: Store;
  private readonly ids: Ids;
  /** Under which the batches of this host are marked. */
  private readonly host: string;

  constructor(store: Store, ids: Ids) {
    this.store = store;
    this.ids = ids;
    this.host = ids.uuid();
  }

  /** Writes a batch; returns the place of its last entry in the log, if it has any. */
  async write(batch: Batch): Promise<number | undefined> {
    const { statements, entries } = batch;
    if (statements.length === 0) return undefined;
    const id = this.ids.uuid();
    try {
      const written = await this.store.write([...statements, markCommit(this.host, id)]);
      return entries.length > 0 ? written[lastInsert(batch)]!.lastInsertRowid : undefined;
    } catch (error) {
      if (error instanceof GuardFailed) throw error;
      return await this.placeOfLost(batch, id, error);
    }
  }

  /** After an error that may have hit only the answer: the place of the batch, if it is durable. */
  private async placeOfLost(
    { entries }: Batch,
    id: string,
    error: unknown,
  ): Promise<number | undefined> {
    const last = entries.at(-1)?.event.id ?? "";
    const rows = await this.store
      .read([selectMark(this.host), selectSeq(last)])
      .catch((): [] => []);
    if (rows[0]?.[0]?.id !== id) throw error;
    const seq = rows[1]?.[0]?.seq;
    return seq === undefined ? undefined : Number(seq);
  }
}
