/** Pause, resume, abort of a context or of one stage of it (Keptn: orchestration.md 14). @module */
import {
  type Context,
  type Execution,
  pausedFor,
  type Pauses,
  type Slot,
} from "../tables/state.ts";
import { contextOf, keep } from "./contexts.ts";
import type { Control } from "./controller_types.ts";
import type { Draft } from "./draft.ts";
import { abort } from "./finish.ts";
import { controlled } from "./reasons.ts";
import { release } from "./slots.ts";
import { dispatch, standing } from "./tasks.ts";
import { viewControlled } from "./view.ts";

/** Applies a command; what is over stays as it is, an unknown context may be paused ahead. */
export function control(draft: Draft, command: Control): void {
  const context = contextOf(draft, command.project, command.context);
  if (!context.view) return pauseAhead(draft, context, command);
  if (context.open.length === 0) return;
  const touched = context.open
    .filter(({ stage }) => command.stage === undefined || stage === command.stage)
    .map(({ id }) => draft.execution(id));
  if (command.command === "abort") {
    const reason = controlled("abort", command.principal);
    for (const execution of touched) abort(draft, execution, reason);
  } else {
    draft.putContext(withPause(context, command));
    for (const execution of touched) repause(draft, execution);
  }
  for (const slot of slotsOf(touched)) release(draft, slot);
}

function pauseAhead(draft: Draft, context: Context, { command, stage }: Control): void {
  const paused = command === "pause";
  const pauses: Pauses =
    stage === undefined
      ? { all: paused, stages: {} }
      : { ...context.pauses, stages: { ...context.pauses.stages, [stage]: paused } };
  draft.putContext({ ...context, pauses });
}

/** The latest command of a stage wins; one for the context covers all its stages. */
function withPause(context: Context, { command, stage }: Control): Context {
  const paused = command === "pause";
  if (stage !== undefined) {
    const stages = { ...context.pauses.stages, [stage]: paused };
    return viewControlled(
      { ...context, pauses: { ...context.pauses, stages } },
      stage,
      paused ? "paused" : "started",
    );
  }
  const alone = paused
    ? []
    : Object.entries(context.pauses.stages).flatMap(([name, was]) => (was ? [name] : []));
  return alone.reduce((shown, name) => viewControlled(shown, name, "started"), {
    ...context,
    pauses: { all: paused, stages: {} },
  });
}

/** Brings an execution in line with the pauses of its context. */
function repause(draft: Draft, execution: Execution): void {
  const context = contextOf(draft, execution.project, execution.context);
  const paused = pausedFor(context.pauses, execution.stage);
  if (paused === (execution.state === "paused")) return;
  if (paused) {
    const due = execution.current?.sent === undefined ? null : execution.due;
    return keep(draft, {
      ...execution,
      state: "paused",
      before: execution.state,
      phase: "aside",
      due,
    });
  }
  const { before, ...rest } = execution;
  const resumed: Execution = { ...rest, state: before ?? "started" };
  if (!resumed.current) return keep(draft, { ...resumed, phase: "queued" });
  if (resumed.current.sent === undefined) return dispatch(draft, resumed);
  keep(draft, { ...resumed, phase: standing(resumed) });
}

function slotsOf(executions: readonly Execution[]): Slot[] {
  const slots = new Map<string, Slot>();
  for (const { project, stage, service } of executions) {
    slots.set(`${stage}\n${service}`, { project, stage, service });
  }
  return [...slots.values()];
}
