/** Triggers an evaluation of a service (Keptn: http-api.md 6). @module */
import { KeptnError } from "../../../spec/errors.ts";
import type { KeptnEvent } from "../../../spec/event.ts";
import { sequenceType } from "../../../spec/event_type.ts";
import type { Json } from "../../../spec/json.ts";
import { evaluationInput, eventContext } from "../../../spec/models.ts";
import { resolveWindow } from "../../../spec/timeframe.ts";
import { parseTimestamp } from "../../../spec/timestamp.ts";
import type { AcceptOptions } from "../../engine/controller_types.ts";
import { DEFAULT_SOURCE, requestKey } from "../../ingest.ts";
import type { Api } from "../api.ts";
import { idempotencyKey, parsedBody } from "../body.ts";
import { invalidFormat } from "../problem.ts";
import { projectOf, serviceOf, stageOf } from "../projects.ts";
import { json } from "../reply.ts";

const NOT_FOUND = 2;
const NOT_SENT = 1;

interface Asked {
  readonly start: string;
  readonly end: string;
  readonly timeframe: string;
}

export function evaluationRoutes(api: Api): void {
  const { deps } = api;
  const about = {
    summary: "Triggers an evaluation; without times of the last five minutes",
    body: evaluationInput,
    answer: eventContext,
  } as const;
  const path = "/project/:project/stage/:stage/service/:service/evaluation";
  api.route("post", `/api/controlPlane/v1${path}`, about, async (context) => {
    const body = await parsedBody(context, deps.settings.maxBodyBytes, evaluationInput);
    const timeframe = body.timeframe ?? "";
    const asked = { start: inUtc(body.start ?? ""), end: inUtc(body.end ?? ""), timeframe };
    checkCombination(asked);
    const place = {
      project: context.req.param("project") ?? "",
      stage: context.req.param("stage") ?? "",
      service: context.req.param("service") ?? "",
    };
    await checkPlace(place);
    const now = deps.clock.now();
    const window = resolveWindow(asked, now);
    if ("error" in window) throw new KeptnError("ERR_BODY_INVALID", window.error, { wire: 0 });
    const commit = body.gitcommitid ?? body.gitCommitID;
    const event: KeptnEvent = {
      id: deps.ids.uuid(),
      source: DEFAULT_SOURCE,
      specversion: "1.0",
      type: sequenceType(place.stage, "evaluation", "triggered"),
      time: new Date(now).toISOString(),
      datacontenttype: "application/json",
      shkeptncontext: deps.ids.uuid(),
      ...(typeof commit === "string" && commit ? { gitcommitid: commit } : {}),
      data: {
        ...place,
        ...(body.labels ? { labels: body.labels as Json } : {}),
        test: { start: "", end: "" },
        evaluation: { start: window.start, end: window.end, timeframe: "" },
        deployment: { deploymentNames: null },
      },
    };
    const principal = context.get("principal").name;
    const key = idempotencyKey(context.req.raw.headers);
    const dedupe = key === undefined ? [] : [requestKey(principal, key)];
    return json(context, { keptnContext: await send(event, { principal, via: "api", dedupe }) });
  });

  /** Not found is a 400 here, with a code of its own (Keptn: http-api.md 6). */
  async function checkPlace(place: {
    project: string;
    stage: string;
    service: string;
  }): Promise<void> {
    try {
      const project = await projectOf(deps, place.project);
      serviceOf(stageOf(project, place.stage), place.service);
    } catch (error) {
      if (!KeptnError.is(error)) throw error;
      throw new KeptnError(error.code, error.message, {
        ...error.data,
        status: 400,
        wire: NOT_FOUND,
      });
    }
  }

  /** Records the event; returns its context, or that of the same request when it came before. */
  async function send(event: KeptnEvent, options: AcceptOptions): Promise<string> {
    try {
      const accepted = await deps.controller.accept(event, options);
      return accepted.kind === "repeated" ? accepted.keptnContext : event.shkeptncontext;
    } catch (error) {
      throw new KeptnError(
        "ERR_STORE_UNAVAILABLE",
        `the event could not be recorded: ${(error as Error).message}`,
        { status: 500, wire: NOT_SENT },
        error,
      );
    }
  }
}

/** Keptn kept the clock of another zone and called it UTC; here the instant is kept. */
function inUtc(time: string): string {
  const parsed = parseTimestamp(time);
  return parsed && parsed.offsetMillis !== 0 ? new Date(parsed.epochMillis).toISOString() : time;
}

function checkCombination({ start, end, timeframe }: Asked): void {
  if (timeframe && end) {
    throw invalidFormat("timeframe and end time specifications cannot be set together");
  }
  if (end && !start) {
    throw invalidFormat("end time specifications cannot be set without start parameter");
  }
  if (start && !end && !timeframe) {
    throw invalidFormat(
      "timeframe or end time specifications need to be specified when using start parameter",
    );
  }
}
