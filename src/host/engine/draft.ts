/** What a decision changes, kept apart from what it was decided on until it is committed. @module */
import type { KeptnEvent } from "../../spec/event.ts";
import type { Json, JsonObject } from "../../spec/json.ts";
import type { Reason } from "../../spec/reason.ts";
import type { Versioned } from "../tables/context_table.ts";
import type { NewEntry } from "../tables/event_table.ts";
import type { SlotRow } from "../tables/slot_table.ts";
import type { Context, Execution, Phase, ProjectFacts, Slot, SlotMember } from "../tables/state.ts";
import { derivedId } from "./ids.ts";
import { precedes } from "./slot_state.ts";
import { contextKey, type Head, type Need, slotKey, type SlotView, type World } from "./world.ts";

export interface Moment {
  /** Milliseconds. */
  readonly now: number;
  /** What the derived ids follow from. */
  readonly cause: string;
  readonly principal: string;
}
export interface Rules {
  /** How long a sent task may go without any answer, in milliseconds. */
  readonly taskStartedWait: number;
  /** Value of `shkeptnspecversion` on emitted events; absent = attribute absent. */
  readonly specVersion?: string;
}

export interface Emission {
  readonly type: string;
  readonly context: string;
  readonly data: JsonObject;
  readonly reason: Reason;
  readonly id?: string;
  readonly triggeredid?: string;
  readonly gitcommitid?: string;
  readonly traceparent?: Json | undefined;
  readonly open?: boolean;
}

interface SlotDraft {
  row: SlotRow;
  readonly members: Map<string, SlotMember>;
}

/** A layer of changes over a {@link World}; reading it sees its own changes. */
export class Draft implements World {
  readonly contexts = new Map<string, Context>();
  readonly executions = new Map<string, Execution>();
  readonly slots = new Map<string, SlotDraft>();
  /** Projects whose `chained` shipyard is to be replaced. */
  readonly chained = new Map<string, ProjectFacts>();
  readonly entries: NewEntry[] = [];
  readonly closed = new Set<string>();
  /** Everything that was read, by key: what the guards of the write cover. */
  readonly reads = new Map<string, Need | { kind: "branch"; project: string; stage: string }>();
  readonly rules: Rules;
  readonly moment: Moment;
  private readonly below: World;
  private readonly ids = new Set<string>();
  private made = 0;

  constructor(below: World, rules: Rules, moment: Moment) {
    this.below = below;
    this.rules = rules;
    this.moment = moment;
  }

  get now(): number {
    return this.moment.now;
  }

  context(project: string, id: string): Versioned<Context | null> {
    const key = contextKey(project, id);
    this.reads.set(`c${key}`, { kind: "context", project, id });
    const below = this.below.context(project, id);
    return { version: below.version, value: this.contexts.get(key) ?? below.value };
  }

  execution(id: string): Execution {
    return this.executions.get(id) ?? this.below.execution(id);
  }

  slot(slot: Slot): SlotView {
    const key = slotKey(slot);
    this.reads.set(`s${key}`, { kind: "slot", slot });
    const below = this.below.slot(slot);
    const draft = this.slots.get(key);
    if (!draft) return below;
    const { row, members } = draft;
    return { row, first: (phase, except) => firstOf(below, members, phase, except) };
  }

  project(name: string): Versioned<ProjectFacts> {
    this.reads.set(`p${name}`, { kind: "project", name });
    const below = this.below.project(name);
    return { version: below.version, value: this.chained.get(name) ?? below.value };
  }

  head(project: string, stage: string): Head | null {
    this.reads.set(`b${contextKey(project, stage)}`, { kind: "branch", project, stage });
    return this.below.head(project, stage);
  }

  knows(eventId: string): boolean {
    return this.ids.has(eventId) || this.below.knows(eventId);
  }

  /** An id that follows from the input and from how many it led to before. */
  newId(): string {
    return derivedId(this.moment.cause, this.made++);
  }

  putContext(context: Context): void {
    this.contexts.set(contextKey(context.project, context.id), context);
  }

  /** Keeps an execution; `moved` tells its slot that its phase or place there is another now. */
  putExecution(execution: Execution, moved: boolean): void {
    this.executions.set(execution.id, execution);
    if (moved) this.slotDraft(execution).members.set(execution.id, execution);
  }

  /** The next number of a slot's counter. */
  nextPlace(slot: Slot): number {
    const draft = this.slotDraft(slot);
    const place = draft.row.next;
    draft.row = { ...draft.row, next: place + 1 };
    return place;
  }

  record(entry: NewEntry): void {
    this.entries.push(entry);
    this.ids.add(entry.event.id);
  }

  /** Appends an event of the controller's own; returns it. */
  emit({
    type,
    context,
    data,
    reason,
    open = false,
    id = this.newId(),
    ...more
  }: Emission): KeptnEvent {
    const { triggeredid, gitcommitid, traceparent } = more;
    const event: KeptnEvent = {
      data,
      id,
      source: "shipyard-controller",
      specversion: "1.0",
      type,
      time: new Date(this.now).toISOString(),
      datacontenttype: "application/json",
      shkeptncontext: context,
      ...(this.rules.specVersion ? { shkeptnspecversion: this.rules.specVersion } : {}),
      ...(triggeredid === undefined ? {} : { triggeredid }),
      ...(gitcommitid === undefined ? {} : { gitcommitid }),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    const { principal } = this.moment;
    this.record({ origin: "emitted", event, at: this.now, principal, open, reason });
    return event;
  }

  /** Takes triggered events off the pollers' lists. */
  close(eventId: string): void {
    this.closed.add(eventId);
  }

  /** Takes over the changes of a layer above. */
  absorb(above: Draft): void {
    for (const [key, context] of above.contexts) this.contexts.set(key, context);
    for (const [id, execution] of above.executions) this.executions.set(id, execution);
    for (const [name, facts] of above.chained) this.chained.set(name, facts);
    for (const [key, need] of above.reads) this.reads.set(key, need);
    for (const id of above.closed) this.closed.add(id);
    for (const entry of above.entries) this.record(entry);
    for (const { row, members } of above.slots.values()) {
      const mine = this.slotDraft(row);
      mine.row = row;
      for (const [id, member] of members) mine.members.set(id, member);
    }
  }

  private slotDraft(slot: Slot): SlotDraft {
    const key = slotKey(slot);
    let draft = this.slots.get(key);
    if (!draft) {
      draft = { row: this.slot(slot).row, members: new Map() };
      this.slots.set(key, draft);
    }
    return draft;
  }
}

function firstOf(
  below: SlotView,
  members: ReadonlyMap<string, SlotMember>,
  phase: Phase,
  except: (id: string) => boolean,
): SlotMember | undefined {
  let first = below.first(phase, (id) => members.has(id) || except(id));
  for (const member of members.values()) {
    if (member.phase !== phase || except(member.id)) continue;
    if (!first || precedes(member, first)) first = member;
  }
  return first;
}
