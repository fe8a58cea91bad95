/** Sequences end: by their last task, by time, by command. @module */
import { dataOf } from "../../spec/event.ts";
import { sequenceType, taskType } from "../../spec/event_type.ts";
import { isObject, type JsonObject } from "../../spec/json.ts";
import type { Outcome } from "../../spec/outcome.ts";
import { composePayload } from "../../spec/payload.ts";
import { type FinishedSequence, type Successor, successorsOf } from "../../spec/shipyard.ts";
import type { Reason } from "../../spec/reason.ts";
import type { Context, DoneTask, Execution } from "../tables/state.ts";
import { ended, keep, update } from "./contexts.ts";
import type { Draft } from "./draft.ts";
import {
  notMatched,
  sequenceEnded,
  sequenceTimedOut,
  taskSkipped,
  triggeredBy,
} from "./reasons.ts";
import { release } from "./slots.ts";
import { payloadOf } from "./tasks.ts";
import { begin, finishedData, labelsOf } from "./trigger.ts";
import { seen, viewFinished } from "./view.ts";

/** Ends an execution after its last executed task and triggers what follows. */
export function finish(draft: Draft, execution: Execution, last: DoneTask): void {
  const outcome = { result: last.result, status: last.status } as Outcome;
  const finished: FinishedSequence = {
    stage: execution.stage,
    sequence: execution.sequence,
    outcome,
    lastTask: last.name,
  };
  const shipyard = draft.project(execution.project).value.chained;
  const { matched, refused } = shipyard
    ? successorsOf(shipyard, finished)
    : { matched: [], refused: [] };
  const skipped = execution.tasks.slice(execution.done.length);
  const notes = [
    ...execution.notes,
    ...skipped.map((task) => taskSkipped(task.name, last.name, outcome)),
    ...refused.map((candidate) => notMatched(candidate, finished)),
  ];
  const answer = last.answers.filter(({ kind }) => kind === "finished").at(-1);
  const labels = answer?.labels ? { ...answer.labels } : undefined;
  close(draft, { ...execution, notes }, "finished", matched.length > 0, {
    data: finishedData(execution, { ...outcome, message: answer?.message, labels }),
    reason: sequenceEnded(last.name, outcome),
  });
  follow(draft, execution, matched, finished);
  release(draft, execution);
}

/** Ends an execution whose task nobody answered in time; nothing follows (Keptn: orchestration.md 13). */
export function timeOut(draft: Draft, execution: Execution): void {
  const type = taskType(execution.current!.name, "triggered");
  const { labels } = payloadOf(execution);
  close(draft, execution, "timedOut", false, {
    data: finishedData(execution, {
      status: "errored",
      result: "fail",
      message: `sequence timed out while waiting for task ${type} to receive a correlating .started or .finished event`,
      labels: isObject(labels) ? labels : undefined,
    }),
    reason: sequenceTimedOut(type, draft.rules.taskStartedWait),
  });
  release(draft, execution);
}

/** Ends an execution by command; the slot is not given away yet. */
export function abort(draft: Draft, execution: Execution, reason: Reason): void {
  const { message } = dataOf(execution.trigger);
  close(draft, execution, "aborted", false, {
    data: finishedData(execution, {
      status: "aborted",
      result: "pass",
      message: typeof message === "string" ? message : undefined,
      labels: labelsOf(execution.trigger),
    }),
    reason,
  });
}

function close(
  draft: Draft,
  execution: Execution,
  how: Context["endedLast"],
  followed: boolean,
  { data, reason }: { readonly data: JsonObject; readonly reason: Reason },
): void {
  draft.close(execution.id);
  if (execution.current?.sent !== undefined) draft.close(execution.current.id);
  const { current: open, before: _, ...rest } = execution;
  const state = how === "timedOut" ? "timedOut" : "finished";
  keep(draft, {
    ...rest,
    ...(how === "timedOut" && open ? { current: open } : {}),
    state,
    phase: "over",
    due: null,
  });
  const event = draft.emit({
    type: sequenceType(execution.stage, execution.sequence, "finished"),
    context: execution.context,
    triggeredid: execution.id,
    traceparent: execution.trigger.traceparent,
    data,
    reason,
  });
  const status = String(data.status);
  update(draft, execution, (context) =>
    viewFinished(context, execution.stage, seen(event), status, draft.now),
  );
  ended(draft, execution, how, followed);
}

/** Emits all successor triggers, in file order, before any of them begins. */
function follow(
  draft: Draft,
  execution: Execution,
  matched: readonly Successor[],
  finished: FinishedSequence,
): void {
  const triggers = matched.map((successor) => {
    const scope = { ...scopeOf(execution), stage: successor.stage };
    const event = draft.emit({
      type: sequenceType(successor.stage, successor.sequence, "triggered"),
      context: execution.context,
      traceparent: execution.trigger.traceparent,
      data: composePayload({ input: dataOf(execution.trigger), scope, done: execution.done }),
      reason: triggeredBy(successor, finished),
      open: true,
    });
    return { event, sequence: successor.sequence, scope };
  });
  for (const { event, sequence } of triggers)
    if (!begin(draft, event, sequence)) draft.close(event.id);
  for (const { scope } of triggers) release(draft, scope);
}

function scopeOf({ project, stage, service }: Execution): {
  project: string;
  stage: string;
  service: string;
} {
  return { project, stage, service };
}
