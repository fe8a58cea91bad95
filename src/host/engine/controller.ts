/** The shipyard controller: takes inputs in groups, decides, writes once per group, tells the result. @module */
import type { KeptnEvent } from "../../spec/event.ts";
import type { Clock, Ids } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { GuardFailed, type Statement, type Store } from "../ports/store.ts";
import { type NewEntry, selectKnownIds, selectNewestSeq } from "../tables/event_table.ts";
import { assemble, BatchWriter, dedupeOf } from "./batch_writer.ts";
import { Cache } from "./cache.ts";
import { entriesOf, selectDedupe, statementsOf } from "./commit.ts";
import type { Accepted, AcceptOptions, Control, Controller, LogEntry } from "./controller_types.ts";
import { decide, type Decision, type Input } from "./decide.ts";
import { Draft, type Moment, type Rules } from "./draft.ts";
import { answerAll, type Batch, type Decided, type Item, placed, type Repeat } from "./group.ts";
import { load } from "./load.ts";
import { answerRepeated, type Echo, tellApart, type Told } from "./repeats.ts";
import { Timers } from "./timers.ts";
import { NotLoaded } from "./world.ts";

export interface ControllerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly rules: Rules;
  /** Statements that the write of these entries shall hold too, such as the rows of plugin tasks. */
  readonly rowsFor?: (entries: readonly NewEntry[]) => readonly Statement[];
  /** Calls back when the I/O that is ready now has been taken, so that groups fill; a microtask by default. */
  readonly soon?: (callback: () => void) => void;
}

const MOST_IN_GROUP = 512;
const MOST_TRIES = 12;

/** Starts a controller on a store; resumes its timers. */
export async function createController(options: ControllerOptions): Promise<Controller> {
  const [rows] = await options.store.read([selectNewestSeq()]);
  const controller = new ShipyardController(options, Number(rows![0]?.seq ?? 0));
  await controller.resume();
  return controller;
}

class ShipyardController implements Controller {
  newest: number;
  private readonly options: ControllerOptions;
  private readonly cache = new Cache();
  private readonly timers: Timers;
  private readonly listeners = new Set<(entries: readonly LogEntry[]) => void>();
  private readonly writer: BatchWriter;
  private pending: Item[] = [];
  private working: Promise<void> | undefined;

  constructor(options: ControllerOptions, newest: number) {
    this.options = options;
    this.newest = newest;
    this.writer = new BatchWriter(options.store, options.ids);
    const { store, clock, log } = options;
    this.timers = new Timers(store, clock, log, (due) => this.take(...timerInput(due)));
  }

  resume(): Promise<void> {
    return this.timers.resume();
  }

  accept(event: KeptnEvent, options: AcceptOptions): Promise<Accepted> {
    const why = options.reason ? { reason: options.reason } : {};
    const input: Input = { kind: "event", event, origin: "received", ...why };
    return this.take(input, event.id, options.principal, options);
  }

  async control(control: Control): Promise<void> {
    const id = this.options.ids.uuid();
    await this.take({ kind: "control", id, control }, id, control.principal);
  }

  subscribe(listener: (entries: readonly LogEntry[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async settled(): Promise<void> {
    while (this.working || this.timers.busy) await (this.working ?? this.timers.busy);
  }

  async stop(): Promise<void> {
    this.timers.stop();
    await this.settled();
  }

  private take(
    input: Input,
    cause: string,
    principal: string,
    options?: AcceptOptions,
  ): Promise<Accepted> {
    return new Promise((resolve, reject) => {
      const moment: Moment = { now: this.options.clock.now(), cause, principal };
      this.pending.push({
        input,
        moment,
        resolve,
        reject,
        tries: 0,
        ...(options ? { options } : {}),
      });
      this.wake();
    });
  }

  private wake(): void {
    if (this.working) return;
    const soon = this.options.soon ?? queueMicrotask;
    this.working = new Promise<void>((resolve) => soon(resolve))
      .then(() => this.commitGroup(this.pending.splice(0, MOST_IN_GROUP)))
      .finally(() => {
        this.working = undefined;
        if (this.pending.length > 0) this.wake();
      });
  }

  /** Decides and writes one group; whatever fails is told to the items, never thrown. */
  private async commitGroup(items: readonly Item[]): Promise<void> {
    let batch: Batch | undefined;
    try {
      const { fresh, echoes } = await this.withoutRepeats(items);
      batch = await this.decideGroup(fresh);
      const last = (await this.writer.write(batch)) ?? this.newest;
      this.cache.apply(batch.draft);
      // Nothing to do for a timer that the store calls due: what is loaded is older than the store.
      for (const { item, decision } of batch.decided) {
        if (decision.kind === "ignored") this.cache.forgetTimer(item.input);
      }
      this.tell(batch, last);
      this.answerEchoes(echoes, batch);
    } catch (error) {
      if (batch) this.cache.forget(batch.draft);
      // Nothing was written: whatever one of them carries must not refuse the others.
      else if (items.length > 1) return this.commitEach(items);
      this.refuse(items, batch, error);
    }
  }

  private async commitEach(items: readonly Item[]): Promise<void> {
    for (const item of items) await this.commitGroup([item]);
  }

  /** Answers requests that were taken before, and reads which ids of the bus are known. */
  private async withoutRepeats(items: readonly Item[]): Promise<Told> {
    const keys = items.flatMap(({ options }) => options?.dedupe ?? []);
    const busIds = items.flatMap(({ input, options }) =>
      input.kind === "event" && options?.via === "bus" ? [input.event.id] : [],
    );
    const reads = [
      ...(keys.length > 0 ? [selectDedupe(keys)] : []),
      ...(busIds.length > 0 ? [selectKnownIds(busIds)] : []),
    ];
    if (reads.length === 0) {
      this.cache.setKnown([]);
      return { fresh: items, echoes: [] };
    }
    const rows = await this.options.store.read(reads);
    this.cache.setKnown(busIds.length > 0 ? rows.at(-1)!.map((row) => String(row.id)) : []);
    const taken = new Map<string, Repeat>();
    for (const row of keys.length > 0 ? rows[0]! : []) {
      taken.set(String(row.key), { event: String(row.event), context: String(row.context) });
    }
    return tellApart(items, taken);
  }

  /** Repetitions inside a group are answered like the one that they repeat, or take its place. */
  private answerEchoes(echoes: readonly Echo[], { entries }: Batch): void {
    if (echoes.length === 0) return;
    const durable = new Set(entries.map(({ event }) => event.id));
    for (const { item, of } of echoes) {
      if (durable.has(of.event)) answerRepeated(item, of);
      else this.pending.unshift(item);
    }
  }

  private async decideGroup(items: readonly Item[]): Promise<Batch> {
    const { cache, options } = this;
    const now = options.clock.now();
    const group = new Draft(cache, options.rules, { now, cause: "", principal: "" });
    const decided: Decided[] = [];
    for (const item of items) {
      const decision = await this.decideOne(group, item);
      if (decision) decided.push({ item, decision });
    }
    const entries = entriesOf(group);
    const { guard, events, state } = statementsOf(group, cache, entries);
    const own = [
      ...guard,
      ...events,
      ...state,
      ...dedupeOf(decided),
      ...(options.rowsFor?.(entries) ?? []),
    ];
    return assemble({
      draft: group,
      decided,
      entries,
      own,
      guards: guard.length,
      events: events.length,
    });
  }

  /** Decides one item on top of the group; one that cannot be decided is told so and left out. */
  private async decideOne(group: Draft, item: Item): Promise<Decision | undefined> {
    for (;;) {
      const draft = new Draft(group, this.options.rules, item.moment);
      try {
        const decision = decide(draft, item.input);
        group.absorb(draft);
        return decision;
      } catch (error) {
        if (error instanceof NotLoaded) {
          await load(this.options.store, this.cache, error.need);
          continue;
        }
        item.reject(error);
        return undefined;
      }
    }
  }

  private tell(batch: Batch, last: number): void {
    const entries = placed(batch, last);
    this.newest = last;
    answerAll(batch.decided, entries);
    this.timers.changed(batch.draft.executions.values());
    if (entries.length === 0) return;
    for (const listener of this.listeners) {
      try {
        listener(entries);
      } catch (error) {
        // What is durable is told to all others all the same.
        this.options.log("error", "a listener of the log failed", { error });
      }
    }
  }

  /** Lets a refused group come again, without the item whose own statement refused it. */
  private refuse(items: readonly Item[], batch: Batch | undefined, error: unknown): void {
    const culprit = error instanceof GuardFailed ? batch?.along.get(error.index) : undefined;
    const again: Item[] = [];
    for (const item of items) {
      item.tries++;
      const retry = error instanceof GuardFailed && item !== culprit && item.tries < MOST_TRIES;
      if (retry) again.push(item);
      else item.reject(error);
    }
    if (!(error instanceof GuardFailed)) {
      this.options.log("error", "a group of events could not be written", { error: String(error) });
    }
    this.pending.unshift(...again);
  }
}

function timerInput({
  execution,
  cause,
}: {
  execution: string;
  cause: string;
}): [Input, string, string] {
  return [{ kind: "timer", execution }, cause, "clock"];
}
