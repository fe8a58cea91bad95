/** A small stand-in for Prometheus: scrapes targets and answers `/api/v1/query`. @module */
import { createServer, type Server, type ServerResponse } from "node:http";
import { answerQuery } from "./query.ts";
import { parseQuery } from "./query_syntax.ts";
import { createSampleStore, readMetrics, type SampleStore } from "./samples.ts";

export interface ScrapeTarget {
  readonly job: string;
  readonly url: string;
}
export interface Scraper {
  readonly server: Server;
  stop(): void;
}

export const SCRAPE_MS = 500;
const KEPT_SECONDS = 3_600;
const PRUNE_EVERY = 600;

/** Starts scraping at once; the server listens when its caller says so. */
export function createScraper(targets: readonly ScrapeTarget[]): Scraper {
  const store = createSampleStore();
  let rounds = 0;
  const timer = setInterval(() => {
    for (const target of targets) void scrape(target, store);
    if (++rounds % PRUNE_EVERY === 0) store.prune(Date.now() / 1_000 - KEPT_SECONDS);
  }, SCRAPE_MS);
  const server = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on("data", (chunk: Buffer) => body.push(chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://localhost");
      const form = new URLSearchParams(Buffer.concat(body).toString());
      answer(url, form, store, response);
    });
  });
  return { server, stop: () => clearInterval(timer) };
}

async function scrape({ job, url }: ScrapeTarget, store: SampleStore): Promise<void> {
  const instance = new URL(url).host;
  const text = await read(url);
  const time = Date.now() / 1_000;
  const up = { time, value: text === undefined ? 0 : 1 };
  store.add({ __name__: "up", job, instance }, up);
  if (text === undefined) return;
  for (const { labels, value } of readMetrics(text)) {
    store.add({ ...labels, job, instance }, { time, value });
  }
}

/** Undefined when the target does not answer: it leaves a gap, as it would in Prometheus. */
async function read(url: string): Promise<string | undefined> {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(SCRAPE_MS * 4) })).text();
  } catch (error) {
    if (error instanceof TypeError || (error as Error).name === "TimeoutError") return undefined;
    throw error;
  }
}

function answer(
  url: URL,
  form: URLSearchParams,
  store: SampleStore,
  response: ServerResponse,
): void {
  if (url.pathname === "/-/ready") return send(response, 200, { status: "success" });
  if (url.pathname !== "/api/v1/query") {
    return send(response, 404, problem("not_found", "only /api/v1/query is answered here"));
  }
  const query = form.get("query") ?? url.searchParams.get("query") ?? "";
  const at = readTime(form.get("time") ?? url.searchParams.get("time"));
  try {
    const result = answerQuery(parseQuery(query), store, at).map(({ labels, value }) => ({
      metric: labels,
      value: [at, shownNumber(value)],
    }));
    send(response, 200, { status: "success", data: { resultType: "vector", result } });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    send(response, 400, problem("bad_data", `invalid parameter "query": ${error.message}`));
  }
}

function readTime(text: string | null): number {
  if (!text) return Date.now() / 1_000;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1_000;
}

function shownNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

function problem(errorType: string, error: string): object {
  return { status: "error", errorType, error };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
