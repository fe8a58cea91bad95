/** Instant queries over HTTP from the command line. @module */
import { KeptnError } from "../../spec/errors.ts";
import type { QueryAnswer } from "../../spec/prometheus.ts";

const TIMEOUT_MS = 30_000;
const REASONS: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "no such host",
  ECONNRESET: "the connection was closed",
  ETIMEDOUT: "no answer in time",
  EHOSTUNREACH: "the host cannot be reached",
  TimeoutError: `no answer within ${TIMEOUT_MS / 1_000} s`,
};

/** Asks with the credentials that stand in the server's address; an unreachable server is an error of its own. */
export function queryClient(server: string): {
  readonly server: string;
  readonly ask: (url: string) => Promise<QueryAnswer>;
} {
  const url = new URL(server);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const bare = url.href.replace(/\/+$/, "");
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const encoded = btoa(String.fromCharCode(...new TextEncoder().encode(plain)));
  const headers: Record<string, string> = username ? { authorization: `Basic ${encoded}` } : {};
  return {
    server: bare,
    async ask(address) {
      try {
        const answer = await fetch(address, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
        return { status: answer.status, body: await answer.text() };
      } catch (error) {
        throw new KeptnError("ERR_UPSTREAM", `${bare} does not answer: ${reasonOf(error)}`);
      }
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: string; errors?: readonly { code?: string }[] } | undefined;
  const code = cause?.code ?? cause?.errors?.[0]?.code ?? error.name;
  const said = cause instanceof Error ? cause.message : error.message;
  return REASONS[code] ?? said;
}
