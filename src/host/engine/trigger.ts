/** Sequences begin: from a trigger, received or our own. @module */
import { commonData, type CommonData, dataOf, type KeptnEvent } from "../../spec/event.ts";
import { sequenceType } from "../../spec/event_type.ts";
import type { JsonObject } from "../../spec/json.ts";
import { findSequence, type Found, type ShipyardSequence } from "../../spec/shipyard.ts";
import type { Execution } from "../tables/state.ts";
import { contextOf, ended, isPaused, keep } from "./contexts.ts";
import type { Draft } from "./draft.ts";
import { sequenceFailedStart } from "./reasons.ts";
import { seen, viewFinished, viewTriggered } from "./view.ts";

/**
 * Creates the execution of a trigger and puts it into its slot's queue, or ends it at once with the
 * reason why it cannot start (Keptn: orchestration.md 7). Returns whether there is an execution now.
 */
export function begin(draft: Draft, trigger: KeptnEvent, sequence: string): boolean {
  const data = commonData(trigger.data) as CommonData;
  const { project, stage, service } = data;
  const context = contextOf(draft, project, trigger.shkeptncontext);
  draft.putContext(viewTriggered(context, trigger, sequence, draft.now));
  const found = lookUp(draft, data, sequence);
  if (!found.ok) {
    failStart(draft, trigger, data, sequence, found.why);
    return false;
  }
  const scope = { project, stage, service };
  const execution: Execution = {
    ...scope,
    id: trigger.id,
    context: trigger.shkeptncontext,
    sequence,
    tasks: found.value.tasks,
    state: "triggered",
    phase: "queued",
    place: draft.nextPlace(scope),
    held: 0,
    done: [],
    commit: trigger.gitcommitid || (draft.head(project, stage)?.commit ?? ""),
    trigger,
    triggered: draft.now,
    due: null,
    notes: [],
  };
  keep(
    draft,
    isPaused(draft, execution)
      ? { ...execution, state: "paused", before: "triggered", phase: "aside" }
      : execution,
  );
  return true;
}

function lookUp(
  draft: Draft,
  { project, stage }: CommonData,
  sequence: string,
): Found<ShipyardSequence> {
  const facts = draft.project(project).value;
  if (!facts.shipyard.ok) {
    return { ok: false, why: `Unable to retrieve Shipyard file: ${facts.shipyard.why}` };
  }
  if (facts.chained !== facts.shipyard.value) {
    draft.chained.set(project, { ...facts, chained: facts.shipyard.value });
  }
  const found = findSequence(facts.shipyard.value, stage, sequence);
  return found.ok
    ? found
    : { ok: false, why: `Unable to start sequence ${sequence}: ${found.why}` };
}

function failStart(
  draft: Draft,
  trigger: KeptnEvent,
  data: CommonData,
  sequence: string,
  why: string,
): void {
  const { project, stage } = data;
  const context = trigger.shkeptncontext;
  const event = draft.emit({
    type: sequenceType(stage, sequence, "finished"),
    context,
    triggeredid: trigger.id,
    data: finishedData(data, {
      status: "errored",
      result: "fail",
      message: why,
      labels: labelsOf(trigger),
    }),
    reason: sequenceFailedStart(why),
  });
  draft.putContext(
    viewFinished(contextOf(draft, project, context), stage, seen(event), "errored", draft.now),
  );
  ended(draft, { project, context, stage }, "finished", false);
}

/** Data of `sequence.finished`; empty labels and messages are left out. */
export function finishedData(
  { project, stage, service }: { project: string; stage: string; service: string },
  more: {
    readonly status: string;
    readonly result: string;
    readonly message?: string | undefined;
    readonly labels?: JsonObject | undefined;
  },
): JsonObject {
  const { status, result, message, labels } = more;
  return {
    project,
    stage,
    service,
    ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
    status,
    result,
    ...(message ? { message } : {}),
  };
}

/** The labels in an event's data, as far as there are any. */
export function labelsOf(event: KeptnEvent): JsonObject | undefined {
  const { labels } = dataOf(event);
  return labels && typeof labels === "object" && !Array.isArray(labels) ? labels : undefined;
}
