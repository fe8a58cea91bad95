/** `controlPlane/v1/event`: an event as if from the bus, its id is final (Keptn: http-api.md 2.2.9). @module */
import { z } from "zod";
import { KeptnError } from "../../../spec/errors.ts";
import type { KeptnEvent } from "../../../spec/event.ts";
import { parseEventType } from "../../../spec/event_type.ts";
import { eventInput } from "../../../spec/models.ts";
import type { Api } from "../api.ts";
import { parsedBody } from "../body.ts";
import { LARGEST_EVENT } from "../posted.ts";
import { empty } from "../reply.ts";

const given = z.string().min(1, "is empty");
const busEvent = eventInput.extend({
  type: given,
  source: given,
  id: given,
  time: z.iso.datetime({ offset: true, error: "is no RFC 3339 time" }),
  shkeptncontext: z.string().default(""),
});

export function busEventRoutes(api: Api): void {
  const { controller } = api.deps;
  const about = {
    summary: "Takes an event with its final id, as from the bus",
    body: busEvent,
  } as const;
  api.route("post", "/api/controlPlane/v1/event", about, async (context) => {
    const body = await parsedBody(context, LARGEST_EVENT, busEvent);
    if (parseEventType(body.type).level === "other") {
      throw new KeptnError(
        "ERR_EVENT_INVALID",
        `${body.type} is no event type: sh.keptn.event.<task>.<kind> or sh.keptn.event.<stage>.<sequence>.<kind> is expected`,
        { status: 500 },
      );
    }
    const event = { ...body, specversion: "1.0" } as KeptnEvent;
    await controller.accept(event, { principal: context.get("principal").name, via: "bus" });
    return empty(200);
  });
}
