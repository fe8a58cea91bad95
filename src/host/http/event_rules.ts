/** Keptn's optional checks of posted events (Keptn: http-api.md 5.3). @module */
import { KeptnError } from "../../spec/errors.ts";
import { commonData, dataOf } from "../../spec/event.ts";
import { EVENT_PREFIX, parseEventType } from "../../spec/event_type.ts";
import type { Posted } from "../ingest.ts";

const FREE_TYPES = new Set(["sh.keptn.log.error", "sh.keptn.events.problem"]);

/**
 * Refuses an event that Keptn's API would refuse with EVENT_VALIDATION_ENABLED.
 *
 * @throws {KeptnError} ERR_EVENT_INVALID
 */
export function checkEvent(event: Posted): void {
  if (FREE_TYPES.has(event.type)) return;
  if (event.type === `${EVENT_PREFIX}monitoring.configure`) return checkMonitoring(event);
  const type = parseEventType(event.type);
  if (!event.type.startsWith(EVENT_PREFIX) || type.level === "other") {
    throw refused(
      "unknown event type",
      "sh.keptn.event.<stage>.<sequence>.triggered or sh.keptn.event.<task>.started, .finished, .invalidated",
    );
  }
  if (type.level === "sequence") {
    if (type.kind !== "triggered") throw unknownAction(type.kind, "triggered");
    const { stage } = placed(event);
    if (stage !== type.stage) {
      throw refused(
        "stage name in event data and in event type does not match",
        `the type names ${type.stage}, data.stage names ${stage}`,
      );
    }
    return;
  }
  if (type.kind === "invalidated") return;
  if (!["started", "finished", "status.changed"].includes(type.kind)) {
    throw unknownAction(type.kind, "started, status.changed, finished, invalidated");
  }
  const data = placed(event);
  if (type.kind === "finished") {
    if (!data.result)
      throw refused("result field is not set", "data.result: pass, warning or fail");
    if (!data.status) throw refused("status field is not set", "data.status: succeeded or errored");
  }
  if (event.triggeredid === "") {
    throw refused("mandatory field 'triggeredid' missing", "the id of the triggered event");
  }
}

function checkMonitoring(event: Posted): void {
  const { project, type } = dataOf(event);
  if (project && type) return;
  throw refused(
    "mandatory fields(s) 'project', 'service' or 'type' missing",
    "data.project and data.type name the project and its SLI provider",
  );
}

/** Common data with project, stage and service. */
function placed(event: Posted): { stage: string; result?: string; status?: string } {
  const data = commonData(event.data);
  if ("undecodable" in data) {
    throw refused("could not parse common event data", `data.${data.undecodable} has a wrong type`);
  }
  if (data.project && data.stage && data.service) return data;
  throw refused(
    "mandatory field(s) 'project', 'stage' or 'service' missing",
    "data.project, data.stage and data.service are not empty",
  );
}

function unknownAction(action: string, right: string): KeptnError {
  return refused(`unknown event type action: ${action}`, right);
}

function refused(message: string, hint: string): KeptnError {
  return new KeptnError("ERR_EVENT_INVALID", message, { hint });
}
