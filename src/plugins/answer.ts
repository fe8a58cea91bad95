/** The events that a plugin's task sends: started, status.changed, finished, and children. @module */
import { commonData, dataOf, type KeptnEvent } from "../spec/event.ts";
import { EVENT_PREFIX, taskType } from "../spec/event_type.ts";
import type { Json, JsonObject } from "../spec/json.ts";
import type { Reason } from "../spec/reason.ts";
import type { Clock, Ids } from "./ports.ts";

export interface Sender {
  readonly source: string;
  readonly clock: Clock;
  readonly ids: Ids;
}

const SPEC_VERSION = "0.2.4";

/** Project, stage, service and labels of an event (Keptn: plugins-behaviour.md 1.1). */
export function scopeOf(event: KeptnEvent): JsonObject {
  const common = commonData(event.data);
  const { project, stage, service } =
    "undecodable" in common ? { project: "", stage: "", service: "" } : common;
  const labels = dataOf(event).labels;
  return { project, stage, service, ...(labels ? { labels } : {}) };
}

export interface Outcome {
  readonly result: "pass" | "warning" | "fail";
  readonly status: "succeeded" | "errored";
  readonly message?: string | undefined;
  readonly data?: JsonObject | undefined;
  /** What the operator has not permitted, when that ended the task. */
  readonly reason?: Reason;
}

/** `<task>.started` with status succeeded. */
export function startedEvent(
  sender: Sender,
  trigger: KeptnEvent,
  task: string,
  more: { message?: string; data?: JsonObject } = {},
): KeptnEvent {
  const message = more.message === undefined ? {} : { message: more.message };
  const data = { ...scoped(trigger, more.data), status: "succeeded", ...message };
  return reply(sender, trigger, taskType(task, "started"), data);
}

/** `<task>.finished`: the scope of the trigger, what the plugin returned, result and status. */
export function finishedEvent(
  sender: Sender,
  trigger: KeptnEvent,
  task: string,
  outcome: Outcome,
): KeptnEvent {
  const { result, status, message, data } = outcome;
  return reply(sender, trigger, taskType(task, "finished"), {
    ...scoped(trigger, data),
    result,
    status,
    ...(message ? { message } : {}),
  });
}

/** `<task>.status.changed` with a message. */
export function progressEvent(
  sender: Sender,
  trigger: KeptnEvent,
  task: string,
  progress: { message: string; data?: JsonObject },
): KeptnEvent {
  const data = { ...scoped(trigger, progress.data), status: "succeeded" };
  return reply(sender, trigger, taskType(task, "status.changed"), {
    ...data,
    message: progress.message,
  });
}

/** An event of the plugin's own in the context of the one it handles. */
export function childEvent(
  sender: Sender,
  trigger: KeptnEvent,
  type: string,
  data: JsonObject,
): KeptnEvent {
  const scope = scoped(trigger, data);
  const { triggeredid: _none, ...event } = reply(sender, trigger, fullType(type), scope);
  return event as KeptnEvent;
}

/** Data of the plugin's own in the scope of the trigger; a grant for one project reaches no other. */
function scoped(trigger: KeptnEvent, data: JsonObject = {}): JsonObject {
  const scope = scopeOf(trigger);
  return { ...scope, ...data, ...(scope.project ? { project: scope.project } : {}) };
}

/** Puts Keptn's prefix before a short event type. */
export function fullType(type: string): string {
  return type.startsWith("sh.keptn.") ? type : EVENT_PREFIX + type;
}

function reply(sender: Sender, trigger: KeptnEvent, type: string, data: JsonObject): KeptnEvent {
  const commit = trigger.gitcommitid;
  const trace = trigger.traceparent;
  return {
    id: sender.ids.uuid(),
    source: sender.source,
    specversion: "1.0",
    type,
    time: new Date(sender.clock.now()).toISOString(),
    datacontenttype: "application/json",
    shkeptncontext: trigger.shkeptncontext,
    shkeptnspecversion: SPEC_VERSION,
    triggeredid: trigger.id,
    ...(commit ? { gitcommitid: commit } : {}),
    ...(trace === undefined ? {} : { traceparent: trace }),
    data: data as Json,
  };
}
