/** The loaded state of the controller; only what was committed ever gets in. @module */
import type { Versioned } from "../tables/context_table.ts";
import type { Context, Execution, ProjectFacts, Slot } from "../tables/state.ts";
import { isOver } from "../tables/state.ts";
import type { Input } from "./decide.ts";
import type { Draft } from "./draft.ts";
import { SlotState } from "./slot_state.ts";
import { contextKey, type Head, NotLoaded, slotKey, type SlotView, type World } from "./world.ts";

/** How many contexts stay loaded; the longest unused go first. */
const MOST_CONTEXTS = 5_000;

export interface LoadedProject {
  readonly facts: Versioned<ProjectFacts>;
  /** Branch → head. */
  readonly heads: ReadonlyMap<string, Head>;
  readonly defaultBranch: string | undefined;
}

/** A cache whose every entry is guarded when it is used: a stale one fails the write and is reloaded. */
export class Cache implements World {
  private readonly contexts = new Map<string, Versioned<Context | null>>();
  private readonly executions = new Map<string, Execution>();
  private readonly slots = new Map<string, SlotState>();
  private readonly projects = new Map<string, LoadedProject>();
  private known = new Set<string>();

  context(project: string, id: string): Versioned<Context | null> {
    const key = contextKey(project, id);
    const found = this.contexts.get(key);
    if (!found) throw new NotLoaded({ kind: "context", project, id });
    this.contexts.delete(key);
    this.contexts.set(key, found);
    return found;
  }

  execution(id: string): Execution {
    const found = this.executions.get(id);
    if (!found) throw new NotLoaded({ kind: "execution", id });
    return found;
  }

  slot(slot: Slot): SlotView {
    const found = this.slots.get(slotKey(slot));
    if (!found) throw new NotLoaded({ kind: "slot", slot });
    return found;
  }

  project(name: string): Versioned<ProjectFacts> {
    return this.loaded(name).facts;
  }

  head(project: string, stage: string): Head | null {
    const name = this.branchOf(project, stage);
    return (name === undefined ? undefined : this.loaded(project).heads.get(name)) ?? null;
  }

  /** The branch that a stage's files stand on: its own, else the default one (folder layout). */
  branchOf(project: string, stage: string): string | undefined {
    const { heads, defaultBranch } = this.loaded(project);
    return heads.has(stage) ? stage : defaultBranch;
  }

  knows(eventId: string): boolean {
    return this.known.has(eventId);
  }

  /** Ids of the group's inputs that the log has already. */
  setKnown(ids: Iterable<string>): void {
    this.known = new Set(ids);
  }

  putContext(project: string, id: string, context: Versioned<Context | null>): void {
    this.contexts.set(contextKey(project, id), context);
  }

  putExecution(execution: Execution): void {
    this.executions.set(execution.id, execution);
  }

  putSlot(state: SlotState): void {
    this.slots.set(slotKey(state.row), state);
  }

  putProject(name: string, loaded: LoadedProject): void {
    this.projects.set(name, loaded);
  }

  /** Takes over what a write has made durable; every changed row is one version further. */
  apply(draft: Draft): void {
    for (const execution of draft.executions.values()) this.executions.set(execution.id, execution);
    for (const [key, { row, members }] of draft.slots) {
      const slot = this.slots.get(key)!;
      slot.row = { ...row, version: slot.row.version + 1 };
      for (const member of members.values()) slot.put(member);
    }
    for (const [key, context] of draft.contexts) {
      const version = (this.contexts.get(key)?.version ?? 0) + 1;
      this.contexts.set(key, { version, value: context });
    }
    for (const [name, facts] of draft.chained) {
      const loaded = this.projects.get(name)!;
      const version = loaded.facts.version + 1;
      this.projects.set(name, { ...loaded, facts: { version, value: facts } });
    }
    this.forgetOver(draft);
  }

  /** Forgets everything that a draft looked at: the next decision loads it anew. */
  forget(draft: Draft): void {
    for (const [, need] of draft.reads) {
      if (need.kind === "context") this.dropContext(contextKey(need.project, need.id));
      else if (need.kind === "slot") this.dropSlot(need.slot);
      else if (need.kind === "project") this.projects.delete(need.name);
      else if (need.kind === "branch") this.projects.delete(need.project);
    }
    for (const id of draft.executions.keys()) this.executions.delete(id);
  }

  /** Forgets the execution of a timer. */
  forgetTimer(input: Input): void {
    if (input.kind !== "timer") return;
    const execution = this.executions.get(input.execution);
    if (execution) this.dropContext(contextKey(execution.project, execution.context));
  }

  private forgetOver(draft: Draft): void {
    for (const execution of draft.executions.values()) {
      if (isOver(execution.state)) this.executions.delete(execution.id);
    }
    for (const [key, context] of draft.contexts)
      if (context.open.length === 0) this.contexts.delete(key);
    for (const key of this.contexts.keys()) {
      if (this.contexts.size <= MOST_CONTEXTS) break;
      this.dropContext(key);
    }
  }

  private dropContext(key: string): void {
    const context = this.contexts.get(key)?.value;
    for (const { id } of context?.open ?? []) this.executions.delete(id);
    this.contexts.delete(key);
  }

  private dropSlot(slot: Slot): void {
    const state = this.slots.get(slotKey(slot));
    for (const id of state?.ids ?? []) this.executions.delete(id);
    this.slots.delete(slotKey(slot));
  }

  private loaded(name: string): LoadedProject {
    const found = this.projects.get(name);
    if (!found) throw new NotLoaded({ kind: "project", name });
    return found;
  }
}
