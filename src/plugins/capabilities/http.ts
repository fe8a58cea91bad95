/** Outgoing requests of guests: granted addresses, secrets put in, redirects checked anew. @module */
import { z } from "zod";
import { type CallScope, type Capability, Denied, GuestError } from "../call.ts";
import { allowCommand, covering } from "../grants.ts";
import type { EgressAnswer } from "../ports.ts";
import type { CallBody, HttpAnswer } from "../sandbox/calls.ts";
import { holdsSecret, mask, reveal } from "../secret_text.ts";

const BODY = z.union([z.object({ text: z.string() }), z.object({ base64: z.base64() })]);

export const httpArgs = {
  http: z.object({
    url: z.string().max(8_192),
    method: z
      .string()
      .regex(/^[A-Za-z]+$/)
      .transform((text) => text.toUpperCase()),
    headers: z
      .array(z.tuple([z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/), z.string().regex(/^[^\r\n\0]*$/)]))
      .max(100),
    body: BODY.optional(),
    redirect: z.enum(["follow", "error", "manual"]).default("follow"),
    timeout: z.number().positive().optional(),
  }),
};
type Args = z.infer<(typeof httpArgs)["http"]>;

const MAX_REDIRECTS = 5;
const TIMEOUT = 30_000;
const MAX_TIMEOUT = 300_000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers that the connection itself decides. */
const HOP_HEADERS = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "upgrade",
]);

interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: CallBody | undefined;
}

async function follow(args: Args, call: CallScope): Promise<HttpAnswer> {
  const deadline = AbortSignal.timeout(Math.min(args.timeout ?? TIMEOUT, MAX_TIMEOUT));
  let hop: Hop = {
    url: parseUrl(args.url),
    method: args.method,
    headers: args.headers,
    body: args.body,
  };
  for (let redirects = 0; ; redirects += 1) {
    const answer = await sendHop(hop, call, deadline);
    const location = answer.headers.location;
    if (!REDIRECTS.has(answer.status) || location === undefined || args.redirect === "manual") {
      return toGuest(hop.url, answer, call);
    }
    if (args.redirect === "error") throw new GuestError("TypeError", `redirected to ${location}`);
    if (redirects === MAX_REDIRECTS) throw new GuestError("TypeError", "too many redirects");
    hop = redirected(hop, answer.status, new URL(location, hop.url));
  }
}

async function sendHop(hop: Hop, call: CallScope, deadline: AbortSignal): Promise<EgressAnswer> {
  const covered = permit(hop.url, call);
  const headers: { [name: string]: string } = {};
  for (const [name, value] of hop.headers) {
    if (HOP_HEADERS.has(name.toLowerCase())) continue;
    headers[name.toLowerCase()] = await reveal(value, call.secrets);
  }
  if (hop.method !== "GET" && hop.method !== "HEAD") {
    headers["idempotency-key"] ??= call.idempotencyKey;
  }
  const body = hop.body && (await bytesOf(hop.body, call.secrets));
  const started = call.ports.clock.now();
  const answer = await call.ports.egress.send(
    { url: hop.url.href, method: hop.method, headers, ...(body ? { body } : {}), ...covered },
    AbortSignal.any([call.signal, deadline]),
  );
  const secret = hop.headers.some(([, value]) => holdsSecret(value)) || bodyHoldsSecret(hop.body);
  call.ports.log(secret ? "info" : "debug", "plugin request", {
    plugin: call.manifest.name,
    task: call.task.id,
    request: `${hop.method} ${hop.url.origin}${hop.url.pathname}`,
    status: answer.status,
    ...(secret ? { secrets: call.manifest.allow.secrets.join(",") } : {}),
    ms: call.ports.clock.now() - started,
  });
  return answer;
}

function permit(url: URL, call: CallScope): { privately: readonly string[]; only: boolean } {
  const { manifest, grant, task } = call;
  const missing = `http ${url.origin}`;
  const command = allowCommand(manifest.name, [missing], task.project || undefined);
  if (manifest.allow.http.length === 0) {
    throw new GuestError(
      "Denied",
      `${manifest.name} does not declare http: add allow: { http: ["${url.origin}"] } to its definition`,
    );
  }
  const covered = covering(grant, url);
  if (covered) return covered;
  throw new Denied(missing, `${manifest.name} may not reach ${url.origin}`, command);
}

function parseUrl(text: string): URL {
  if (holdsSecret(text)) {
    throw new GuestError("Denied", "a secret may stand in a header or body, not in an address");
  }
  if (!URL.canParse(text)) throw new GuestError("TypeError", `${text} is no absolute URL`);
  return checkUrl(new URL(text));
}

function checkUrl(url: URL): URL {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new GuestError("Denied", `only http and https leave the sandbox, not ${url.protocol}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new GuestError(
      "Denied",
      "no user and password in an address: use ctx.basic(user, secret)",
    );
  }
  return url;
}

/** The request that a redirect asks for; credentials stay with the first origin. */
function redirected(hop: Hop, status: number, to: URL): Hop {
  checkUrl(to);
  const turnsGet =
    status === 303 || ((status === 301 || status === 302) && !/^(GET|HEAD)$/.test(hop.method));
  const foreign = to.origin !== hop.url.origin;
  const headers = hop.headers.filter(
    ([name, value]) => !foreign || !(holdsSecret(value) || /^(authorization|cookie)$/i.test(name)),
  );
  const keepBody = !turnsGet && !(foreign && bodyHoldsSecret(hop.body));
  return {
    url: to,
    method: turnsGet ? "GET" : hop.method,
    headers,
    body: keepBody ? hop.body : undefined,
  };
}

function bodyHoldsSecret(body: CallBody | undefined): boolean {
  return body !== undefined && "text" in body && holdsSecret(body.text);
}

async function bytesOf(body: CallBody, secrets: ReadonlyMap<string, string>): Promise<Uint8Array> {
  if ("text" in body) return new TextEncoder().encode(await reveal(body.text, secrets));
  return Uint8Array.from(atob(body.base64), (char) => char.charCodeAt(0));
}

function toGuest(url: URL, answer: EgressAnswer, call: CallScope): HttpAnswer {
  const headers = Object.entries(answer.headers).map(
    ([name, value]) => [name, mask(value, call.secrets)] as const,
  );
  return { url: url.href, status: answer.status, headers, body: toBody(answer.body, call.secrets) };
}

function toBody(bytes: Uint8Array, secrets: ReadonlyMap<string, string>): CallBody {
  try {
    return { text: mask(new TextDecoder("utf-8", { fatal: true }).decode(bytes), secrets) };
  } catch {
    let binary = "";
    for (let at = 0; at < bytes.length; at += 8_192) {
      binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
    }
    return { base64: btoa(binary) };
  }
}

/** GET and HEAD change nothing and need no intent. */
export const httpRead: Capability<Args, HttpAnswer> = { journaled: "read", run: follow };
/** Everything else: an intent before, the answer after. */
export const httpWrite: Capability<Args, HttpAnswer> = { journaled: "effect", run: follow };
