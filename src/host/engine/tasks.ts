/** Tasks of a sequence: composed, delayed, held back, sent. @module */
import { parseDuration } from "../../spec/duration.ts";
import { taskType } from "../../spec/event_type.ts";
import type { JsonObject } from "../../spec/json.ts";
import { dataOf } from "../../spec/event.ts";
import { composePayload } from "../../spec/payload.ts";
import type { CurrentTask, Execution } from "../tables/state.ts";
import { keep, update } from "./contexts.ts";
import type { Draft } from "./draft.ts";
import { taskSent, taskSentLate } from "./reasons.ts";
import { viewTask } from "./view.ts";

const APPROVAL = "approval";

/** Makes the next task of an execution current and sends it as soon as it may be sent. */
export function nextTask(draft: Draft, execution: Execution): void {
  const task = execution.tasks[execution.done.length]!;
  const delay = (task.triggeredAfter && parseDuration(task.triggeredAfter)) || 0;
  const current: CurrentTask = {
    name: task.name,
    id: draft.newId(),
    planned: draft.now + Math.max(delay, 0),
    seen: false,
    answers: [],
  };
  const state = task.name === APPROVAL ? "waitingForApproval" : "started";
  const next: Execution =
    execution.state === "paused"
      ? { ...execution, current, before: state }
      : { ...execution, current, state };
  const event = { type: taskType(task.name, "triggered"), id: current.id, data: payloadOf(next) };
  update(draft, next, (context) => viewTask(context, next.stage, event, "", draft.now));
  dispatch(draft, next);
}

/** Sends the current task, or says to the slot what it waits for. */
export function dispatch(draft: Draft, execution: Execution): void {
  const current = execution.current!;
  if (execution.state === "paused") return keep(draft, { ...execution, phase: "aside", due: null });
  if (current.planned > draft.now) {
    return keep(draft, { ...execution, phase: standing(execution), due: current.planned });
  }
  const holder = draft.slot(execution).first("holding", (id) => id === execution.id);
  if (holder) {
    const held = draft.nextPlace(execution);
    return keep(draft, { ...execution, phase: "held", held, due: null });
  }
  send(draft, execution, current);
}

/** What an execution with a task that is sent or waits for its time is to its slot. */
export function standing(execution: Execution): Execution["phase"] {
  return execution.state === "started" ? "holding" : "aside";
}

/** Data of the current task's triggered event. */
export function payloadOf(execution: Execution): JsonObject {
  const task = execution.tasks[execution.done.length]!;
  return composePayload({
    input: dataOf(execution.trigger),
    scope: execution,
    done: execution.done,
    next: { name: task.name, properties: task.properties },
  });
}

function send(draft: Draft, execution: Execution, current: CurrentTask): void {
  const { now, rules } = draft;
  const position = execution.done.length + 1;
  const waited = now - current.planned;
  draft.emit({
    id: current.id,
    type: taskType(current.name, "triggered"),
    context: execution.context,
    data: payloadOf(execution),
    gitcommitid: execution.commit,
    traceparent: execution.trigger.traceparent,
    open: true,
    reason:
      execution.phase === "held" || waited > 0
        ? taskSentLate(execution.id, current.name, waited)
        : taskSent(execution.id, current.name, position, execution.tasks.length),
  });
  keep(draft, {
    ...execution,
    current: { ...current, sent: now },
    phase: standing(execution),
    due: now + rules.taskStartedWait,
  });
}
