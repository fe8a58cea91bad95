/** The events that project and service operations leave in the log (Keptn: http-api.md 8). @module */
import type { KeptnEvent } from "../../spec/event.ts";
import type { JsonObject } from "../../spec/json.ts";
import type { Controller } from "../engine/controller_types.ts";
import type { Clock, Ids } from "../ports/clock.ts";

export type Subject = "project.create" | "project.delete" | "service.create" | "service.delete";

export interface AnnounceOptions {
  readonly controller: Pick<Controller, "accept">;
  readonly clock: Clock;
  readonly ids: Ids;
}
export interface Operation {
  readonly subject: Subject;
  /** Names of project and service. */
  readonly data: JsonObject;
  readonly principal: string;
  /** Whether the beginning is told too. */
  readonly started: boolean;
}

/** Runs work between its `started` and `finished` events; a failure is told and thrown on. */
export async function announced(
  { controller, clock, ids }: AnnounceOptions,
  { subject, data, principal, started }: Operation,
  work: () => Promise<JsonObject | void>,
): Promise<void> {
  const context = ids.uuid();
  const send = async (kind: string, more: JsonObject): Promise<void> => {
    const event: KeptnEvent = {
      id: ids.uuid(),
      source: "shipyard-controller",
      specversion: "1.0",
      type: `sh.keptn.event.${subject}.${kind}`,
      time: new Date(clock.now()).toISOString(),
      datacontenttype: "application/json",
      shkeptncontext: context,
      data: { ...data, ...more },
    };
    await controller.accept(event, { principal, via: "host" });
  };
  if (started) await send("started", {});
  let more: JsonObject;
  try {
    more = (await work()) ?? {};
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await send("finished", { status: "errored", result: "fail", message });
    throw error;
  }
  await send("finished", { status: "succeeded", result: "pass", ...more });
}
