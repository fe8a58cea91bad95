/** Measuring indicators by instant queries of the Prometheus HTTP API. @module */
import type { SliValue } from "./evaluation.ts";
import { at, isObject, type Json, textAt } from "./json.ts";
import { parseNumber } from "./number_text.ts";
import { builtInQuery } from "./prometheus_queries.ts";
import { fillQuery, type QueryScope, unfilled } from "./sli_query.ts";
import { parseTimestamp } from "./timestamp.ts";

/** What a server answered; the text of the body, whatever its status. */
export interface QueryAnswer {
  readonly status: number;
  readonly body: string;
}

export interface Measuring {
  readonly indicators: readonly string[];
  /** Query by indicator, with placeholders. */
  readonly queries: { readonly [indicator: string]: string };
  readonly units?: { readonly [indicator: string]: string };
  readonly scope: QueryScope;
  /** Base address, such as `http://prometheus:9090`. */
  readonly server: string;
  readonly provider: string;
  /** Sends a GET; what it throws becomes the message of the value. */
  readonly ask: (url: string) => Promise<QueryAnswer>;
}

type Measured = { readonly value: number } | { readonly error: string };

/** One value for each indicator, in order; one that cannot be measured fails alone. */
export function measure(measuring: Measuring): Promise<SliValue[]> {
  return Promise.all(measuring.indicators.map((indicator) => measureOne(indicator, measuring)));
}

async function measureOne(metric: string, measuring: Measuring): Promise<SliValue> {
  const { scope, units, provider } = measuring;
  const about = {
    provider,
    window: scope.window,
    ...(units?.[metric] ? { unit: units[metric] } : {}),
  };
  const template = measuring.queries[metric] ?? builtInQuery(metric, scope.filters);
  if (!template) {
    const message = `unsupported SLI: ${provider}/sli.yaml has no query named ${metric}`;
    return { metric, value: 0, success: false, message, ...about };
  }
  const query = fillQuery(template, scope);
  const missing = unfilled(query);
  const answer: Measured =
    missing.length > 0
      ? { error: `nothing stands for ${missing.join(", ")} in the query` }
      : await answerOf(query, measuring);
  if ("error" in answer) {
    return { metric, value: 0, success: false, message: answer.error, query, ...about };
  }
  return { metric, value: answer.value, success: true, query, ...about };
}

async function answerOf(query: string, { server, scope, ask }: Measuring): Promise<Measured> {
  const end = parseTimestamp(scope.window.end);
  if (!end) return { error: `the end of the time frame is no timestamp: ${scope.window.end}` };
  try {
    return readAnswer(await ask(instantQueryUrl(server, query, end.epochMillis)));
  } catch (error) {
    if (error instanceof Error) return { error: error.message };
    throw error;
  }
}

/** Address of an instant query; `at` in milliseconds since 1970. */
export function instantQueryUrl(server: string, query: string, at: number): string {
  const base = server.replace(/\/+$/, "");
  return `${base}/api/v1/query?query=${encodeURIComponent(query)}&time=${at / 1_000}`;
}

/** The one sample of an answer, or a sentence that says why there is none. */
export function readAnswer({ status, body }: QueryAnswer): Measured {
  const json = parseJson(body);
  const said = textAt(json, "error");
  if (textAt(json, "status") !== "success") {
    if (said) return { error: `Prometheus refused the query: ${said}` };
    return { error: `no Prometheus answer but status ${status}: check the address` };
  }
  const type = textAt(json, "data", "resultType");
  const result = at(json, "data", "result");
  if (type === "scalar") return sampleOf(result);
  if (type !== "vector" || !Array.isArray(result)) {
    return { error: `the query yields a ${type ?? "nothing"}, not one value: aggregate it` };
  }
  if (result.length === 0) return { error: "the query found no value in the time frame" };
  if (result.length > 1) {
    const message = `the query found ${result.length} values instead of one`;
    return { error: `${message}: aggregate them, for example with sum(…)` };
  }
  return sampleOf(at(result[0], "value"));
}

function sampleOf(sample: Json | undefined): Measured {
  const text = Array.isArray(sample) ? sample[1] : undefined;
  const value = typeof text === "string" ? parseNumber(text) : undefined;
  if (value === undefined) return { error: `unreadable sample ${JSON.stringify(sample)}` };
  if (Number.isFinite(value)) return { value };
  return { error: `the query yields ${text}: nothing was counted in the time frame` };
}

function parseJson(body: string): Json {
  try {
    const json = JSON.parse(body) as Json;
    return isObject(json) ? json : null;
  } catch {
    return null;
  }
}
