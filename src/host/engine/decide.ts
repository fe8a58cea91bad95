/** What an input leads to: the one entry to the controller's decisions. @module */
import { commonData, type CommonData, type KeptnEvent } from "../../spec/event.ts";
import { type EventType, parseEventType } from "../../spec/event_type.ts";
import { textAt } from "../../spec/json.ts";
import type { Reason } from "../../spec/reason.ts";
import type { Origin } from "../tables/event_table.ts";
import type { Execution } from "../tables/state.ts";
import { answer, markSeen } from "./answer.ts";
import { contextOf } from "./contexts.ts";
import { control } from "./control.ts";
import type { Control } from "./controller_types.ts";
import type { Draft } from "./draft.ts";
import { timeOut } from "./finish.ts";
import * as reasons from "./reasons.ts";
import { release } from "./slots.ts";
import { dispatch } from "./tasks.ts";
import { begin } from "./trigger.ts";

export type Input =
  /** An event reached the controller. */
  | {
      readonly kind: "event";
      readonly event: KeptnEvent;
      readonly origin: Origin;
      /** What its sender gave as the reason. */
      readonly reason?: Reason;
    }
  /** Somebody commands a context; `id` names the command in the log. */
  | { readonly kind: "control"; readonly id: string; readonly control: Control }
  /** The due instant of an execution has come. */
  | { readonly kind: "timer"; readonly execution: string };

export type Decision =
  /** Taken into the log; `refused` tells why it changed nothing. */
  | { readonly kind: "recorded"; readonly refused?: Reason }
  /** Not even recorded. */
  | { readonly kind: "refused"; readonly refused: Reason }
  /** There was nothing to do. */
  | { readonly kind: "ignored" };

/** Decides one input; all changes are in the draft afterwards. */
export function decide(draft: Draft, input: Input): Decision {
  switch (input.kind) {
    case "event":
      return takeEvent(draft, input);
    case "control":
      recordInternal(draft, input.id, "control", { ...input.control });
      control(draft, input.control);
      return { kind: "recorded" };
    case "timer":
      return takeTime(draft, input.execution);
  }
}

function takeEvent(
  draft: Draft,
  { event, origin, reason: given }: Input & { kind: "event" },
): Decision {
  if (draft.knows(event.id))
    return { kind: "refused", refused: reasons.refusedDuplicate(event.id) };
  const type = parseEventType(event.type);
  const data = commonData(event.data);
  const place = draft.entries.length;
  const entry = { origin, event, at: draft.now, principal: draft.moment.principal, open: false };
  draft.record(entry);
  const { refused, open } = react(draft, event, type, data);
  const reason = given ?? refused;
  draft.entries[place] = { ...entry, open, ...(reason ? { reason } : {}) };
  return { kind: "recorded", ...(refused ? { refused } : {}) };
}

interface Reaction {
  readonly refused?: Reason;
  /** Whether the event stays open for pollers. */
  readonly open: boolean;
}
const NOTHING: Reaction = { open: false };

function react(
  draft: Draft,
  event: KeptnEvent,
  type: EventType,
  data: CommonData | { readonly undecodable: string },
): Reaction {
  if (type.level === "other") return { refused: reasons.refusedType(event), open: false };
  const answered = answeredTask(draft, event);
  if (answered) markSeen(draft, answered);
  const matters =
    type.level === "sequence"
      ? type.kind === "triggered"
      : type.kind === "started" || type.kind === "finished";
  if (!matters) return NOTHING;
  if ("undecodable" in data)
    return { refused: reasons.refusedUndecodable(data.undecodable), open: false };
  const missing = (["project", "stage", "service"] as const).filter((field) => data[field] === "");
  if (missing.length > 0) return { refused: reasons.refusedScope(missing), open: false };
  if (type.level === "sequence") {
    if (type.stage !== data.stage) {
      return { refused: reasons.refusedStage(type.stage, data.stage), open: false };
    }
    const began = begin(draft, event, type.sequence);
    if (began) release(draft, data);
    return { open: began && !draft.closed.has(event.id) };
  }
  if (!answered) return { refused: reasons.refusedAnswer(event), open: false };
  const kind = type.kind === "started" ? "started" : "finished";
  answer(draft, draft.execution(answered.id), kind, event, data);
  return NOTHING;
}

/** The open execution of the event's context whose sent task the event refers to. */
function answeredTask(draft: Draft, event: KeptnEvent): Execution | undefined {
  const project = textAt(event.data, "project");
  if (!event.triggeredid || !project) return undefined;
  const { open } = contextOf(draft, project, event.shkeptncontext);
  return open
    .map(({ id }) => draft.execution(id))
    .find(({ current }) => current?.sent !== undefined && current.id === event.triggeredid);
}

function takeTime(draft: Draft, id: string): Decision {
  const execution = draft.execution(id);
  const { due, current } = execution;
  if (due === null || due > draft.now || !current) return { kind: "ignored" };
  recordInternal(
    draft,
    draft.moment.cause,
    "timer",
    { execution: id, project: execution.project },
    execution.context,
  );
  if (current.sent === undefined) dispatch(draft, { ...execution, due: null });
  else timeOut(draft, execution);
  release(draft, execution);
  return { kind: "recorded" };
}

/** Control commands and timers are entries of the log too, so that replaying it is complete. */
function recordInternal(
  draft: Draft,
  id: string,
  what: "control" | "timer",
  data: { [key: string]: string },
  context = data.context ?? "",
): void {
  const event: KeptnEvent = {
    id,
    source: "periplus",
    specversion: "1.0",
    type: `periplus.internal.${what}`,
    time: new Date(draft.now).toISOString(),
    shkeptncontext: context,
    data,
  };
  const { principal } = draft.moment;
  draft.record({ origin: "internal", event, at: draft.now, principal, open: false });
}
