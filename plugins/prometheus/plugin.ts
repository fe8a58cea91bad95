/** Answers `get-sli` by instant queries of a Prometheus server. @module */
import {
  type Context,
  definePlugin,
  type JsonObject,
  measure,
  parseDuration,
  readSliRequest,
  s,
  type TaskContext,
} from "periplus/plugin";

const PROVIDER = "prometheus";
const CONFIGURED = "configure-monitoring.finished";
const ADDRESS_HINT = "write `server: http://HOST:PORT` into prometheus/config.yaml";

interface Config {
  readonly server?: string;
  readonly timeout: string;
}

/** The address comes from `prometheus/config.yaml` and must be granted. */
export default definePlugin<Config>({
  name: PROVIDER,
  version: "1.0.0",
  api: 1,
  allow: { http: ["{config.server}"], events: [CONFIGURED] },
  limits: { fuel: 10_000_000 },
  config: s.object({
    server: s.optional(
      s.url({ description: "base address of the query API, such as http://prometheus:9090" }),
    ),
    timeout: s.duration({ default: "30s", description: "of one query" }),
  }),
  tasks: { "get-sli": getSli },
  on: { "monitoring.configure": confirm },
});

/** Keptn's command line waits for this answer (Keptn: lighthouse.md 9). */
async function confirm(ctx: Context<Config>): Promise<void> {
  if (ctx.data.type !== PROVIDER) return;
  const { server } = ctx.config;
  const address = server ? `asks ${server}` : `has no address yet: ${ADDRESS_HINT}`;
  const message = `${PROVIDER} measures for project ${ctx.project}; it ${address}`;
  await ctx.send(CONFIGURED, { status: "succeeded", result: server ? "pass" : "warning", message });
}

async function getSli(ctx: TaskContext<Config>) {
  const request = readSliRequest(ctx.data as JsonObject);
  if (request.sliProvider !== PROVIDER) return ctx.ignore();
  const { server, timeout } = ctx.config;
  const { indicators = [], customFilters: filters = [], start, end } = request;
  // Asked for nothing, it needs no address.
  if (indicators.length === 0) return ctx.pass({ "get-sli": { start, end, indicatorValues: [] } });
  if (!server) {
    return ctx.errored(`no address: ${ADDRESS_HINT}`);
  }
  // Queries may take long: whoever watches sees at once that somebody measures.
  await ctx.started();
  const { project, stage, service, labels, data } = ctx;
  const deployment = typeof data.deployment === "string" ? data.deployment : "";
  const values = await measure({
    indicators,
    queries: (await ctx.resources.sli(PROVIDER)) ?? {},
    units: await ctx.resources.units(PROVIDER),
    scope: { project, stage, service, labels, deployment, filters, window: { start, end } },
    server,
    provider: PROVIDER,
    ask: (url) => ask(url, timeout),
  });
  const answer = { "get-sli": { start, end, indicatorValues: values } };
  const failed = values.filter(({ success }) => !success);
  if (failed.length === 0) return ctx.pass(answer);
  if (failed.length < values.length) return ctx.warn(undefined, answer);
  return ctx.fail("unable to retrieve metrics", answer);
}

async function ask(url: string, timeout: string) {
  const answer = await fetch(url, { timeout: parseDuration(timeout) ?? 0 });
  return { status: answer.status, body: await answer.text() };
}
