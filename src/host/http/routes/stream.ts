/** `GET /v1/events/stream`: what happens, as it happens. @module */
import { z } from "zod";
import { KeptnError } from "../../../spec/errors.ts";
import type { Api } from "../api.ts";
import type { Live } from "../live.ts";
import { openStream } from "../sse.ts";

const query = z.object({
  project: z.string().optional(),
  stage: z.string().optional(),
  service: z.string().optional(),
  context: z.string().optional(),
  type: z.string().optional(),
  lastEventId: z.string().optional().meta({ description: "like the header Last-Event-ID" }),
});

export function streamRoutes(api: Api, live: Live): void {
  const about = {
    summary: "Live stream of events, resumable by Last-Event-ID",
    access: "plane",
    query,
    answerType: "text/event-stream",
  } as const;
  api.route("get", "/api/v1/events/stream", about, async (context) => {
    const ask = (name: string): string | undefined => context.req.query(name) || undefined;
    const filter = {
      project: ask("project"),
      stage: ask("stage"),
      service: ask("service"),
      context: ask("context") ?? ask("keptnContext"),
      type: ask("type"),
    };
    const lastId = placeOf(context.req.header("last-event-id") || ask("lastEventId"));
    // Nobody would read, and so nobody would end, the stream of a HEAD.
    const head = context.req.raw.method === "HEAD";
    const stream = head ? null : await openStream(api.deps, live, filter, lastId);
    return new Response(stream, {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no",
      },
    });
  });
}

function placeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new KeptnError(
    "ERR_QUERY_INVALID",
    `Last-Event-ID ${JSON.stringify(text)} is no place in the log: send back an id of this stream`,
  );
}
