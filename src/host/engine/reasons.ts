/** The sentences of the controller: each rule says here, once, why it decided as it did. @module */
import { formatSpan } from "../../spec/duration.ts";
import type { KeptnEvent } from "../../spec/event.ts";
import type { Outcome } from "../../spec/outcome.ts";
import type { Reason } from "../../spec/reason.ts";
import type { FinishedSequence, NotMatched, Successor } from "../../spec/shipyard.ts";
import type { ControlCommand } from "./controller_types.ts";

export const refusedType = (event: KeptnEvent): Reason => ({
  rule: "type",
  message: `${event.type} is no Keptn event type: sh.keptn.event.<task>.<kind> or sh.keptn.event.<stage>.<sequence>.<kind> would be`,
  values: { type: event.type },
});
export const refusedDuplicate = (id: string): Reason => ({
  rule: "dup",
  message: `an event with the id ${id} is recorded already`,
  events: [id],
});
export const refusedUndecodable = (field: string): Reason => ({
  rule: "cannot decode",
  message: `cannot decode the event: data.${field} has a wrong type; texts must be strings, labels a map of strings`,
  values: { field },
});
export const refusedScope = (missing: readonly string[]): Reason => ({
  rule: "scope",
  message: `data lacks ${missing.join(", ")}: project, stage and service must be given`,
  values: { missing: [...missing] },
});
export const refusedStage = (inType: string, inData: string): Reason => ({
  rule: "stage",
  message: `the event type names stage ${inType}, its data stage ${inData}: both must be the same`,
  values: { type: inType, data: inData },
});
export const refusedAnswer = (event: KeptnEvent): Reason => ({
  rule: "not found",
  message: event.triggeredid
    ? `no open task of this context was triggered by ${event.triggeredid}: it is unknown, over, or of another context`
    : `the answer has no triggeredid: it must name the triggered event that it answers`,
  ...(event.triggeredid ? { events: [event.triggeredid] } : {}),
});

/** `events` names the trigger of the sequence that the task belongs to. */
export const taskSent = (
  trigger: string,
  task: string,
  position: number,
  count: number,
): Reason => ({
  rule: "task-sent",
  message: `task ${position} of ${count} of the sequence`,
  events: [trigger],
  values: { task, position, count },
});
export const taskSentLate = (trigger: string, task: string, waited: number): Reason => ({
  rule: "task-released",
  message: `released after ${formatSpan(waited)}`,
  events: [trigger],
  values: { task, waited },
});
export const sequenceEnded = (task: string, outcome: Outcome): Reason => ({
  rule: "sequence-ended",
  message: `its last executed task ${task} ended with result ${outcome.result}, status ${outcome.status}`,
  values: { task, ...outcome },
});
export const sequenceFailedStart = (why: string): Reason => ({
  rule: "failed-start",
  message: why,
});
export const sequenceTimedOut = (type: string, wait: number): Reason => ({
  rule: "timed-out",
  message: `nobody answered ${type} within ${formatSpan(wait)}`,
  values: { type, wait },
});
export const controlled = (command: ControlCommand, principal: string): Reason => ({
  rule: command === "abort" ? "aborted" : command === "pause" ? "paused" : "resumed",
  message: `${command} was commanded by ${principal}`,
  values: { principal },
});
export const triggeredBy = ({ trigger }: Successor, { outcome }: FinishedSequence): Reason => ({
  rule: "successor",
  message: `follows ${trigger.event}, which ended with result ${outcome.result}`,
  values: { event: trigger.event, result: outcome.result },
});
export const notMatched = (
  refused: NotMatched,
  { outcome, lastTask }: FinishedSequence,
): Reason => ({
  rule: "not-matched",
  message: `${refused.stage}.${refused.sequence} was not triggered: it wants ${refused.wanted}, but the sequence ended with result ${outcome.result} of task ${lastTask}`,
  values: { stage: refused.stage, sequence: refused.sequence, result: outcome.result },
});
export const taskSkipped = (task: string, after: string, outcome: Outcome): Reason => ({
  rule: "task-skipped",
  message: `task ${task} was skipped: ${after} ended with result ${outcome.result}, status ${outcome.status}`,
  values: { task, after },
});
