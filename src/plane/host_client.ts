/** HTTP client of a plane: knows when an answer is final and when to try again. @module */
import { KeptnError } from "../spec/errors.ts";
import type { Json } from "../spec/json.ts";

export interface HostAnswer {
  readonly status: number;
  readonly body: Json;
}

export interface HostClient {
  get(path: string, query?: Query, timeout?: number): Promise<HostAnswer>;
  /** Tries until the host has given a final answer: outages of minutes are waited out. */
  send(method: "POST" | "PUT", path: string, body?: unknown, key?: string): Promise<HostAnswer>;
}
export type Query = { readonly [name: string]: string | number | undefined };

const TIMEOUT = 20_000;
const LONGEST_PAUSE = 15_000;

export interface HostClientOptions {
  readonly endpoint: string;
  readonly token: string;
  readonly stopping: AbortSignal;
  readonly pause: (ms: number) => Promise<void>;
  readonly warn: (message: string) => void;
}

export function hostClient(options: HostClientOptions): HostClient {
  const { endpoint, token, stopping, pause, warn } = options;

  async function once(path: string, init: RequestInit, timeout: number): Promise<HostAnswer> {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeout)]);
    const headers = { "x-token": token, "content-type": "application/json", ...init.headers };
    const response = await fetch(endpoint + path, { ...init, headers, signal });
    return { status: response.status, body: parse(await response.text()) };
  }

  return {
    get: (path, query = {}, timeout = TIMEOUT) =>
      once(path + search(query), { method: "GET" }, timeout),
    async send(method, path, body, key) {
      const init: RequestInit = {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: key === undefined ? {} : { "idempotency-key": key },
      };
      for (let attempt = 0; ; attempt += 1) {
        const answer = await once(path, init, TIMEOUT).catch((error: unknown) => {
          stopping.throwIfAborted();
          return String((error as Error).message);
        });
        if (typeof answer !== "string" && !isPassing(answer.status)) return answer;
        const why = typeof answer === "string" ? answer : `status ${answer.status}`;
        if (attempt === 0) warn(`${method} ${path}: ${why}; trying again`);
        await pause(Math.min(250 * 2 ** attempt, LONGEST_PAUSE));
        stopping.throwIfAborted();
      }
    },
  };
}

/** @throws {KeptnError} ERR_UPSTREAM unless the answer is a success */
export function succeeded(answer: HostAnswer, what: string): Json {
  if (answer.status < 300) return answer.body;
  throw new KeptnError("ERR_UPSTREAM", `${what}: ${messageOf(answer)}`, { status: answer.status });
}

export function messageOf({ status, body }: HostAnswer): string {
  const said = (body as { message?: unknown } | null)?.message;
  return typeof said === "string" ? `${said} (${status})` : `status ${status}`;
}

/** Overload, outage and start-up pass; everything else is an answer. */
function isPassing(status: number): boolean {
  return status === 429 || status === 408 || status >= 500;
}

function parse(text: string): Json {
  if (text === "") return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    // A gateway in between answers in HTML; its status says enough.
    return null;
  }
}

function search(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}
