/** What a decision may look at. @module */
import type { Versioned } from "../tables/context_table.ts";
import type { SlotRow } from "../tables/slot_table.ts";
import type { Context, Execution, Phase, ProjectFacts, Slot, SlotMember } from "../tables/state.ts";

/** Names one thing that a decision reads. */
export type Need =
  | { readonly kind: "context"; readonly project: string; readonly id: string }
  | { readonly kind: "execution"; readonly id: string }
  | { readonly kind: "slot"; readonly slot: Slot }
  | { readonly kind: "project"; readonly name: string };

/** A slot as a decision sees it: its counters and the first member of each phase. */
export interface SlotView {
  readonly row: SlotRow;
  /** The member of a phase that is next in its order, those left out that `except` names. */
  first(phase: Phase, except: (id: string) => boolean): SlotMember | undefined;
}

export interface Head {
  readonly commit: string;
  readonly version: number;
}

/** The loaded state; each read of what is not loaded throws {@link NotLoaded}. */
export interface World {
  context(project: string, id: string): Versioned<Context | null>;
  execution(id: string): Execution;
  slot(slot: Slot): SlotView;
  project(name: string): Versioned<ProjectFacts>;
  /** Head of a stage's branch; null when the project has no such branch. */
  head(project: string, stage: string): Head | null;
  /** Tells whether the log has an event of this id, as far as this group knows. */
  knows(eventId: string): boolean;
}

/** Says what has to be loaded before a decision can be made; the decision is then made anew. */
export class NotLoaded extends Error {
  override readonly name = "NotLoaded";
  readonly need: Need;

  constructor(need: Need) {
    super(`not loaded: ${JSON.stringify(need)}`);
    this.need = need;
  }
}

export function slotKey({ project, stage, service }: Slot): string {
  return `${project}\n${stage}\n${service}`;
}

export function contextKey(project: string, id: string): string {
  return `${project}\n${id}`;
}
