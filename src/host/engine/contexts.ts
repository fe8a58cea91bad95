/** Contexts: how they begin, and what is open in them. @module */
import type { Context, Execution } from "../tables/state.ts";
import { isOver, pausedFor } from "../tables/state.ts";
import type { Draft } from "./draft.ts";

/** The context as it is, or as it begins. */
export function contextOf(draft: Draft, project: string, id: string): Context {
  return (
    draft.context(project, id).value ?? {
      project,
      id,
      view: null,
      pauses: { all: false, stages: {} },
      open: [],
      endedLast: "finished",
      timedOut: false,
    }
  );
}

/** Keeps an execution and lists it in its context while it is open. */
export function keep(draft: Draft, execution: Execution): void {
  const context = contextOf(draft, execution.project, execution.context);
  const { id, stage, state, phase, held } = execution;
  const known = context.open.some((open) => open.id === id);
  const before = known ? draft.execution(id) : undefined;
  draft.putExecution(execution, before?.phase !== phase || before.held !== held);
  if (isOver(state)) {
    if (known)
      draft.putContext({ ...context, open: context.open.filter((open) => open.id !== id) });
    return;
  }
  if (known && before?.state === state) return;
  const open = known
    ? context.open.map((entry) => (entry.id === id ? { id, stage, state } : entry))
    : [...context.open, { id, stage, state }];
  draft.putContext({ ...context, open, timedOut: context.open.length > 0 && context.timedOut });
}

export function update(
  draft: Draft,
  { project, context }: Execution,
  change: (context: Context) => Context,
): void {
  draft.putContext(change(contextOf(draft, project, context)));
}

/** Marks how an execution of the context ended last, and ends the pauses that were for it. */
export function ended(
  draft: Draft,
  { project, context: id, stage }: Pick<Execution, "project" | "context" | "stage">,
  how: Context["endedLast"],
  followed: boolean,
): void {
  const context = contextOf(draft, project, id);
  const after: Context = {
    ...context,
    endedLast: how,
    timedOut: context.timedOut || how === "timedOut",
  };
  draft.putContext(followed ? after : withoutSpentPauses(after, stage));
}

/** Pauses end with what they were for: a stage's with its last open sequence, all when nothing is open. */
function withoutSpentPauses(context: Context, stage: string): Context {
  if (context.open.length === 0) return { ...context, pauses: { all: false, stages: {} } };
  if (context.open.some((open) => open.stage === stage)) return context;
  const { [stage]: _, ...stages } = context.pauses.stages;
  return { ...context, pauses: { ...context.pauses, stages } };
}

export function isPaused(
  draft: Draft,
  { project, context, stage }: Pick<Execution, "project" | "context" | "stage">,
): boolean {
  return pausedFor(contextOf(draft, project, context).pauses, stage);
}
