/** Slots: at most one holder per project, stage and service; who comes next. @module */
import type { Execution, Slot } from "../tables/state.ts";
import type { Draft } from "./draft.ts";
import { dispatch, nextTask } from "./tasks.ts";

/**
 * Gives a free slot away: to held-back tasks, oldest first, then to waiting sequences.
 *
 * An approval takes no slot, so that several may pass in one turn.
 */
export function release(draft: Draft, slot: Slot): void {
  for (;;) {
    const view = draft.slot(slot);
    if (view.first("holding", none)) return;
    const held = view.first("held", none);
    if (held) {
      dispatch(draft, draft.execution(held.id));
      continue;
    }
    const queued = view.first("queued", none);
    if (!queued) return;
    start(draft, draft.execution(queued.id));
  }
}

function start(draft: Draft, execution: Execution): void {
  nextTask(draft, { ...execution, state: "started" });
}

function none(): boolean {
  return false;
}
