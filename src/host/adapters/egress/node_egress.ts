/** Outgoing requests on Node and Deno: the resolved address is pinned into the connection. @module */
import { lookup } from "node:dns/promises";
import { type IncomingMessage, request as plain, type RequestOptions } from "node:http";
import { request as secure } from "node:https";
import { isIP } from "node:net";
import { KeptnError } from "../../../spec/errors.ts";
import type { Egress, EgressAnswer, EgressRequest } from "../../ports/egress.ts";
import { refusal } from "./address.ts";

export interface NodeEgressOptions {
  /** Bytes of an answer, at most; 1 MiB unless set. */
  readonly maxBytes?: number;
  /** Resolves a name to addresses; the system's resolver unless set. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

const MAX_BYTES = 1024 * 1024;

export function nodeEgress(options: NodeEgressOptions = {}): Egress {
  const { maxBytes = MAX_BYTES, resolve = resolveAll } = options;
  return {
    async send(request, signal) {
      const url = new URL(request.url);
      const address = await pin(url, request, resolve);
      try {
        const response = await connect(url, request, address, signal);
        return await collect(response, maxBytes, request.url);
      } catch (error) {
        throw KeptnError.is(error) ? error : unreachable(url, error);
      }
    },
  };
}

/** Resolves the host once and picks the first address that may be reached. */
async function pin(
  url: URL,
  request: EgressRequest,
  resolve: (host: string) => Promise<readonly string[]>,
): Promise<string> {
  const host = hostOf(url);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const place = `${url.hostname}:${port}`;
  const addresses = isIP(host) ? [host] : await names(host, url, resolve);
  let why = `${host} has no address`;
  for (const address of addresses) {
    const refused = refusal(address, place, request);
    if (refused === undefined) return address;
    why = refused;
  }
  throw new KeptnError("ERR_PLUGIN_DENIED", `${url.origin} may not be reached: ${why}`);
}

async function names(
  host: string,
  url: URL,
  resolve: (host: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  try {
    return await resolve(host);
  } catch (error) {
    throw unreachable(url, error);
  }
}

async function resolveAll(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** The host without brackets and without the dot of a fully qualified name. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

function connect(
  url: URL,
  { method, headers, body }: EgressRequest,
  address: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const family = isIP(address);
  const options: RequestOptions = {
    method,
    headers: {
      ...headers,
      "accept-encoding": "identity",
      ...(body ? { "content-length": String(body.length) } : {}),
    },
    signal,
    agent: false,
    lookup: (_host, { all }, done) =>
      all ? done(null, [{ address, family }]) : done(null, address, family),
  };
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === "https:" ? secure : plain)(url, options, resolve);
    sent.on("error", reject);
    sent.end(body);
  });
}

async function collect(
  response: IncomingMessage,
  maxBytes: number,
  url: string,
): Promise<EgressAnswer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) {
      response.destroy();
      throw new KeptnError(
        "ERR_UPSTREAM",
        `${new URL(url).origin} answered more than ${maxBytes} bytes`,
      );
    }
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return { status: response.statusCode ?? 0, headers: headersOf(response), body };
}

function headersOf(response: IncomingMessage): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(", ")]),
  );
}

function unreachable(url: URL, error: unknown): KeptnError {
  const { code, message } = error as { code?: string; message?: string };
  const why = code === "ABORT_ERR" ? "no answer in time" : (message ?? String(error));
  return new KeptnError("ERR_UPSTREAM", `${url.origin} cannot be reached: ${why}`, {}, error);
}
