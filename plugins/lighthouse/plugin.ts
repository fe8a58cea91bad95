/** Judges deployments by the objectives of `slo.yaml`: Keptn's lighthouse service. @module */
import {
  definePlugin,
  erroredEvaluation,
  evaluate,
  type EvaluationFinished,
  explained,
  finishedData,
  HISTORY_UNAVAILABLE,
  historyQuery,
  isAnswerable,
  type JsonObject,
  planEvaluation,
  readSliAnswer,
  refusedAnswer,
  refusedSlo,
  s,
  type SliAnswer,
  type SloLookup,
  startedData,
  type TaskContext,
  type TimeWindow,
  undecodableTrigger,
} from "periplus/plugin";
import { chooseProvider, type Config, rememberProvider } from "./provider.ts";
import { lookUpSlo } from "./slo.ts";

export default definePlugin<Config>({
  name: "lighthouse",
  version: "1.0.0",
  api: 1,
  source: "lighthouse-service",
  allow: { events: ["get-sli"] },
  limits: { fuel: 20_000_000 },
  config: s.object({
    sliProvider: s.optional(
      s.string({ description: "provider where `keptn configure monitoring` named none" }),
    ),
    timeout: s.duration({ default: "10m", description: "how long a provider may take" }),
  }),
  tasks: { evaluation },
  on: { "monitoring.configure": rememberProvider },
});

type Task = TaskContext<Config>;

async function evaluation(ctx: Task) {
  const data = ctx.data as JsonObject;
  const undecodable = undecodableTrigger(data);
  if (undecodable) return ctx.errored(`Could not parse event payload: ${undecodable}`);
  const { status: _status, ...about } = startedData(data);
  await ctx.started({ data: about });
  const slo = await lookUpSlo(ctx);
  const provider = slo.kind === "problem" ? undefined : await chooseProvider(ctx);
  const plan = planEvaluation({ data, slo, provider, now: Date.now() });
  if (plan.kind === "finished") return finish(ctx, plan.finished);
  const answer = await askProvider(ctx, plan.data, plan.window);
  return finish(ctx, "evaluation" in answer ? answer : await judge(ctx, slo, answer));
}

/** The provider's answer, or the end of an evaluation that got none. */
async function askProvider(
  ctx: Task,
  data: { readonly [key: string]: unknown },
  window: TimeWindow,
): Promise<SliAnswer | EvaluationFinished> {
  const { timeout } = ctx.config;
  const { answers } = await ctx.request("get-sli", data, { timeout });
  const answered = answers[0];
  if (!answered) {
    const { sliProvider } = data["get-sli"] as { sliProvider: string };
    const message = `SLI provider ${sliProvider || "(none)"} sent no get-sli.finished within ${timeout}`;
    return erroredEvaluation(window, message);
  }
  const answer = readSliAnswer(answered.data);
  if ("undecodable" in answer) {
    return erroredEvaluation(window, `Could not parse event payload: ${answer.undecodable}`);
  }
  const echoed = answer.window.start !== "" || answer.window.end !== "";
  return echoed ? answer : { ...answer, window };
}

/** From measured values to a result (Keptn: lighthouse.md 7.3). */
async function judge(ctx: Task, slo: SloLookup, answer: SliAnswer): Promise<EvaluationFinished> {
  const refused = refusedAnswer(answer);
  if (refused) return refused;
  if (slo.kind !== "found") return refusedSlo(slo, answer, ctx.project);
  const previous = await earlierEvaluations(ctx, slo);
  const sloFileContent = slo.contentBase64;
  if (!previous) return erroredEvaluation(answer.window, HISTORY_UNAVAILABLE, sloFileContent);
  return evaluate({ slo: slo.slo, sloFileContent, answer, previous });
}

async function earlierEvaluations(ctx: Task, { slo }: SloLookup & { kind: "found" }) {
  const query = historyQuery(slo.comparison);
  if (!isAnswerable(query)) return undefined;
  const { project, stage, service } = ctx;
  const { limit, excludeInvalidated, resultFilter } = query;
  const result = resultFilter ? { result: resultFilter.join(",") } : {};
  const type = "evaluation.finished";
  const filter = { type, project, stage, service, limit, excludeInvalidated, ...result };
  try {
    const events = await ctx.events.query(filter);
    return events.map(({ id, data }) => ({ id, data: data as JsonObject }));
  } catch (error) {
    ctx.log.error(`${HISTORY_UNAVAILABLE}:`, error);
    return undefined;
  }
}

function finish(ctx: Task, finished: EvaluationFinished) {
  const { status, result, message } = finished;
  const { status: _s, result: _r, message: _m, ...data } = finishedData(explained(finished));
  const said = message || undefined;
  if (status === "errored") return ctx.errored(message, data);
  if (result === "pass") return ctx.pass(data, said);
  return result === "warning" ? ctx.warn(said, data) : ctx.fail(said, data);
}
