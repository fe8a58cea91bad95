/** `POST /v1/event`: where events enter (Keptn: http-api.md 5). @module */
import type { Context } from "hono";
import { z } from "zod";
import { KeptnError } from "../../../spec/errors.ts";
import { errorModel, eventInput } from "../../../spec/models.ts";
import type { Reason } from "../../../spec/reason.ts";
import type { Accepted } from "../../engine/controller_types.ts";
import { createIngest, type Posted } from "../../ingest.ts";
import type { Api, Env, Handler } from "../api.ts";
import { idempotencyKey, textBody } from "../body.ts";
import { checkEvent } from "../event_rules.ts";
import { createFlood } from "../flood.ts";
import { checkMedia, LARGEST_EVENT, parseBody } from "../posted.ts";
import { json } from "../reply.ts";

/** Keptn's answer, and why the event starts nothing where that is known at once. */
const takenModel = z.object({
  keptnContext: z.string(),
  refused: z.looseObject({ rule: z.string(), message: z.string() }).optional(),
});
/** A batch is answered in its order, each event for itself. */
const answerModel = z.union([takenModel, z.array(z.union([takenModel, errorModel]))]);
interface Taken {
  readonly keptnContext: string;
  readonly refused?: Reason;
}
/** Bytes of bodies that may wait to be written. */
const MOST_UNDERWAY = 64 * 1024 * 1024;
/** What a body counts whose length is not told before it comes. */
const UNDECLARED = 64 * 1024;

export function eventRoutes(api: Api): void {
  const { settings } = api.deps;
  const ingest = createIngest(api.deps);
  const eventLimit = settings.maxEventSizeKb > 0 ? settings.maxEventSizeKb * 1_024 : Infinity;

  function check(event: Posted): Posted {
    if (settings.eventValidation) checkEvent(event);
    return event;
  }

  const flood = createFlood(settings.maxUnderwayBytes ?? MOST_UNDERWAY);
  const post: Handler = (context) => {
    const declared = Number(context.req.raw.headers.get("content-length") ?? UNDECLARED);
    return flood.admit(Math.min(declared, settings.maxBodyBytes), () => take(context));
  };

  async function take(context: Context<Env>): Promise<Response> {
    const { headers } = context.req.raw;
    const text = await textBody(context, settings.maxBodyBytes);
    if (text !== "") checkMedia(headers);
    const body = await parseBody(headers, text);
    const principal = context.get("principal").name;
    const key = idempotencyKey(headers);
    if (body.batch) {
      const events = body.events.map(check);
      if (text.length > LARGEST_EVENT) events.forEach(checkSize);
      const answers = await Promise.all(
        events.map((event, index) =>
          ingest.accept(event, { principal, idempotencyKey: key && `${key}/${index}` }),
        ),
      );
      return json(context, answers.map(batchAnswer));
    }
    if (settings.eventValidation && text.length > eventLimit) throw tooLarge(eventLimit);
    if (text.length > LARGEST_EVENT) checkSize(body.event, 0);
    const options = { principal, idempotencyKey: key };
    return json(context, answerOf(await ingest.accept(check(body.event), options)));
  }

  api.route(
    "post",
    "/api/v1/event",
    {
      summary: "Takes an event, or a batch of them; the answer means: durable",
      access: "plane",
      body: z.union([eventInput, z.array(eventInput)]),
      bodyTypes: [
        "application/json",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
      ],
      answer: answerModel,
    },
    post,
  );
}

function answerOf(accepted: Accepted): Taken {
  if (accepted.kind === "repeated") return { keptnContext: accepted.keptnContext };
  if (accepted.kind === "refused")
    throw new KeptnError("ERR_EVENT_INVALID", accepted.refused.message);
  if (accepted.kind === "done")
    throw new KeptnError("ERR_INVARIANT", "an event was taken for a command");
  const keptnContext = accepted.event.shkeptncontext;
  return accepted.refused ? { keptnContext, refused: accepted.refused } : { keptnContext };
}

/** In a batch one refused event does not take back the others, so it is told in its place. */
function batchAnswer(accepted: Accepted): unknown {
  if (accepted.kind !== "refused") return answerOf(accepted);
  return { code: 400, message: accepted.refused.message };
}

/** @throws {KeptnError} ERR_BODY_TOO_LARGE */
function checkSize(event: Posted, index: number): void {
  const size = JSON.stringify(event).length;
  if (size <= LARGEST_EVENT) return;
  throw new KeptnError(
    "ERR_BODY_TOO_LARGE",
    `event ${index} has ${size} bytes: at most ${LARGEST_EVENT} are taken; put large data into a resource of the project and name it`,
  );
}

function tooLarge(limit: number): KeptnError {
  return new KeptnError(
    "ERR_EVENT_INVALID",
    `parsing body body from "" failed, because http: request body too large`,
    { hint: `an event has at most ${limit} bytes (MAX_EVENT_SIZE_KB)` },
  );
}
