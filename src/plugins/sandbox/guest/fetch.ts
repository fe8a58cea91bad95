/** `fetch` of a guest: a request that the host makes, or refuses. @module */
import type { CallBody, HttpAnswer, HttpCall } from "../calls.ts";
import { bytesOf, GuestTextDecoder } from "./text.ts";

type HeaderPairs = readonly (readonly [string, string])[];

/** Names are lower case; values of one name are joined with a comma. */
export class GuestHeaders {
  readonly #values = new Map<string, string>();

  constructor(init?: HeadersInit | GuestHeaders | HeaderPairs) {
    if (init === undefined || init === null) return;
    const pairs =
      Symbol.iterator in init
        ? (init as Iterable<readonly [string, string]>)
        : Object.entries(init);
    for (const [name, value] of pairs) this.append(name, value);
  }
  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }
  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }
  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), String(value));
  }
  append(name: string, value: string): void {
    const before = this.get(name);
    this.set(name, before === null ? value : `${before}, ${value}`);
  }
  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }
  forEach(visit: (value: string, name: string) => void): void {
    for (const [name, value] of this) visit(value, name);
  }
  entries(): IterableIterator<[string, string]> {
    return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1)).values();
  }
  keys(): IterableIterator<string> {
    return [...this.entries()].map(([name]) => name).values();
  }
  values(): IterableIterator<string> {
    return [...this.entries()].map(([, value]) => value).values();
  }
  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}

/** An answer; its body is there already, so it may be read more than once. */
export class GuestResponse {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: GuestHeaders;
  readonly #body: CallBody;

  constructor(answer: HttpAnswer) {
    this.status = answer.status;
    this.statusText = answer.statusText ?? "";
    this.url = answer.url;
    this.headers = new GuestHeaders(answer.headers);
    this.#body = answer.body;
  }
  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }
  async text(): Promise<string> {
    if ("text" in this.#body) return this.#body.text;
    return new GuestTextDecoder().decode(await this.bytes());
  }
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
  async bytes(): Promise<Uint8Array> {
    if ("text" in this.#body) return new TextEncoder().encode(this.#body.text);
    return Uint8Array.from(atob(this.#body.base64), (char) => char.charCodeAt(0));
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer as ArrayBuffer;
  }
}

/** `fetch` over a capability call. */
export function createFetch(
  call: (request: HttpCall) => Promise<HttpAnswer>,
): (input: string | URL, init?: RequestInit) => Promise<GuestResponse> {
  return async (input, init = {}) => {
    if (typeof input === "object" && "method" in input) {
      throw new TypeError("fetch: pass a URL and an init; Request objects do not exist here");
    }
    return new GuestResponse(await call(requestOf(String(input), init)));
  };
}

function requestOf(url: string, init: RequestInit): HttpCall {
  const headers = new GuestHeaders(init.headers);
  const method = (init.method ?? "GET").toUpperCase();
  if (init.json !== undefined && !headers.has("content-type")) {
    headers.set("content-type", "application/json");
  }
  const body = init.json === undefined ? bodyOf(init.body) : { text: JSON.stringify(init.json) };
  if (body && (method === "GET" || method === "HEAD")) {
    throw new TypeError(`fetch: a ${method} request has no body`);
  }
  return {
    url,
    method,
    headers: [...headers],
    ...(body ? { body } : {}),
    ...(init.redirect ? { redirect: init.redirect } : {}),
    ...(init.timeout === undefined ? {} : { timeout: init.timeout }),
  };
}

function bodyOf(body: RequestInit["body"]): CallBody | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return { text: body };
  if (body instanceof URLSearchParams) return { text: body.toString() };
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) {
    let binary = "";
    for (const byte of bytesOf(body)) binary += String.fromCharCode(byte);
    return { base64: btoa(binary) };
  }
  throw new TypeError("fetch: a body is text, bytes, URLSearchParams, or `json`");
}
