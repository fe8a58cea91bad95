/** A typed client of the public HTTP API. @module */
import { z } from "zod";
import { type ErrorCode, KeptnError } from "../spec/errors.ts";
import { errorModel } from "../spec/models.ts";

type Query = { readonly [name: string]: string | number | undefined };
type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface Address {
  /** Ends in `/api`. */
  readonly endpoint: string;
  readonly token: string;
}

const nothing = z.unknown();

/** Every method throws KeptnError: what the host refused, or that it cannot be reached. */
export class Client {
  readonly #address: Address;
  readonly #interrupted: AbortSignal;

  constructor(address: Address, interrupted: AbortSignal) {
    this.#address = address;
    this.#interrupted = interrupted;
  }

  get endpoint(): string {
    return this.#address.endpoint;
  }

  get<T>(path: string, answer: z.ZodType<T>, query: Query = {}): Promise<T> {
    return this.#json("GET", path + queryText(query), undefined, answer);
  }
  post<T>(path: string, body: unknown, answer: z.ZodType<T>): Promise<T> {
    return this.#json("POST", path, body, answer);
  }
  put<T>(path: string, body: unknown, answer: z.ZodType<T>): Promise<T> {
    return this.#json("PUT", path, body, answer);
  }
  delete(path: string, query: Query = {}): Promise<unknown> {
    return this.#json("DELETE", path + queryText(query), undefined, nothing);
  }

  /** The answer itself, once the host agreed to give it; for streams. */
  async open(path: string, headers: Record<string, string> = {}): Promise<Response> {
    const answer = await this.#send("GET", path, undefined, headers);
    if (answer.ok) return answer;
    throw refusal(answer.status, await answer.text());
  }

  async #json<T>(method: Method, path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    const answer = await this.#send(method, path, body, { accept: "application/json" });
    const text = await answer.text();
    if (!answer.ok) throw refusal(answer.status, text);
    const parsed = schema.safeParse(text === "" ? undefined : jsonOf(text));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new KeptnError(
      "ERR_BODY_INVALID",
      `${this.endpoint}${path} answered something unexpected at ${issue?.path.join(".") || "its root"}: ` +
        `${issue?.message}. Is this the API of a Keptn or Periplus?`,
    );
  }

  async #send(
    method: Method,
    path: string,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<Response> {
    try {
      return await fetch(`${this.endpoint}${path}`, {
        method,
        headers: {
          ...headers,
          "x-token": this.#address.token,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: this.#interrupted,
      });
    } catch (error) {
      if (this.#interrupted.aborted) throw this.#interrupted.reason;
      throw new KeptnError(
        "ERR_HOST_UNREACHABLE",
        `cannot reach ${this.endpoint}: ${causeOf(error)}`,
        {},
        error,
      );
    }
  }
}

/** `a/b c` → `a%2Fb%20c`, one part of a path. */
export const part = encodeURIComponent;

/** All pages of a list whose keys are texts, `"0"` or absent at the end. */
export async function allPages<T extends { readonly nextPageKey?: string | undefined }>(
  read: (key: string) => Promise<T>,
): Promise<T[]> {
  const pages: T[] = [];
  let key = "0";
  do {
    const page = await read(key);
    pages.push(page);
    key = page.nextPageKey ?? "0";
  } while (key !== "0" && key !== "");
  return pages;
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

function refusal(status: number, text: string): KeptnError {
  const body = errorModel.safeParse(jsonOf(text));
  const said = body.success ? body.data.message : text.trim().split("\n")[0]!.slice(0, 200);
  const message = said || `the host answered ${status}`;
  const hint =
    status === 401 ? `${message}: check --api-token, KEPTN_API_TOKEN or periplus auth` : message;
  return new KeptnError(codeOf(status), hint, { status });
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return "ERR_TOKEN_INVALID";
  if (status === 403) return "ERR_FORBIDDEN";
  if (status === 404) return "ERR_NOT_FOUND";
  if (status === 409) return "ERR_CONFLICT";
  if (status === 429) return "ERR_RATE_LIMITED";
  return status < 500 ? "ERR_BODY_INVALID" : "ERR_STORE_UNAVAILABLE";
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A gateway in between may answer in plain text; the caller's schema says so.
    return text;
  }
}

function causeOf(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  if (cause?.code === "ECONNREFUSED") return "nothing listens there";
  return cause?.message ?? (error as Error).message;
}
