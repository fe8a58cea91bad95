/** A real host for the page, and the API calls that make something happen on it. @module */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve, started } from "../runtime/serve.ts";

export interface TestHost {
  readonly origin: string;
  /** A fresh one-time link that opens the page. */
  login(): Promise<string>;
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  /** Sends an event; resolves with its context. */
  send(event: object): Promise<string>;
  stop(): Promise<void>;
}

export async function startHost(): Promise<TestHost> {
  const folder = mkdtempSync(join(tmpdir(), "periplus-page-"));
  const data = join(folder, "data");
  const running = serve({
    PERIPLUS_DATA_DIR: data,
    PERIPLUS_PLUGINS_DIR: folder,
    PORT: "0",
    // The tests answer evaluations themselves.
    PERIPLUS_PLUGINS_OFF: "lighthouse",
  });
  const api = await started(running);
  const token = readFileSync(join(data, "token"), "utf8").trim();
  const headers = { "x-token": token, "content-type": "application/json" };
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${api}${path}`, { method, headers, ...init });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  const post = (path: string, body: unknown): Promise<unknown> => ask("POST", path, body);
  const origin = api.replace(/\/api$/, "");
  return {
    origin,
    login: async () =>
      `${origin}${((await post("/periplus/v1/login", undefined)) as { path: string }).path}`,
    get: (path) => ask("GET", path),
    post,
    send: async (event) =>
      ((await post("/v1/event", event)) as { keptnContext: string }).keptnContext,
    async stop() {
      running.child.kill("SIGTERM");
      await running.ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
