/** Answers of executors, and when they complete a task. @module */
import { type CommonData, dataOf, type KeptnEvent } from "../../spec/event.ts";
import { foldOutcomes, stopsSequence } from "../../spec/outcome.ts";
import { mergedAnswers } from "../tables/execution_table.ts";
import type { Answer, CurrentTask, DoneTask, Execution } from "../tables/state.ts";
import { keep, update } from "./contexts.ts";
import type { Draft } from "./draft.ts";
import { finish } from "./finish.ts";
import { release } from "./slots.ts";
import { nextTask } from "./tasks.ts";
import { seen, stamp, viewTask } from "./view.ts";

/** Adds an answer to the current task of an execution and goes on when that completes it. */
export function answer(
  draft: Draft,
  execution: Execution,
  kind: Answer["kind"],
  event: KeptnEvent,
  data: CommonData,
): void {
  update(draft, execution, (context) =>
    viewTask(context, execution.stage, seen(event), event.source, draft.now),
  );
  const current = execution.current!;
  const answers = [...current.answers, toAnswer(kind, event, data, draft.now)];
  const answered: CurrentTask = { ...current, answers, seen: true };
  if (!isComplete(answers)) {
    return keep(draft, { ...execution, current: answered, due: null });
  }
  complete(draft, execution, answered);
}

/** Notes that something referred to the current task: its start timeout is over. */
export function markSeen(draft: Draft, execution: Execution): void {
  const current = execution.current!;
  if (current.seen) return;
  keep(draft, { ...execution, current: { ...current, seen: true }, due: null });
}

/** A task is complete when as many have finished as have started (Keptn: orchestration.md 8.3). */
function isComplete(answers: readonly Answer[]): boolean {
  const started = answers.filter(({ kind }) => kind === "started").length;
  return started > 0 && started * 2 === answers.length;
}

function complete(draft: Draft, execution: Execution, current: CurrentTask): void {
  const { name, id, answers } = current;
  const outcome = foldOutcomes(answers.filter(({ kind }) => kind === "finished"));
  const done: DoneTask = { name, id, ...outcome, answers, data: mergedAnswers(answers) };
  draft.close(id);
  const { current: _, ...rest } = execution;
  const advanced: Execution = { ...rest, done: [...execution.done, done], due: null };
  if (stopsSequence(outcome) || advanced.done.length === advanced.tasks.length) {
    return finish(draft, advanced, done);
  }
  nextTask(draft, advanced);
  release(draft, advanced);
}

function toAnswer(kind: Answer["kind"], event: KeptnEvent, data: CommonData, now: number): Answer {
  const { result, status, message, labels } = data;
  return {
    id: event.id,
    kind,
    source: event.source,
    time: event.time ?? stamp(now),
    ...(result === undefined ? {} : { result }),
    ...(status === undefined ? {} : { status }),
    ...(kind === "finished" && message ? { message } : {}),
    ...(kind === "finished" && labels ? { labels } : {}),
    data: kind === "finished" ? dataOf(event) : {},
  };
}
