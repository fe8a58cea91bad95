/** Goes on after a host that was killed is back. @module */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { KeptnError } from "../../spec/errors.ts";
import type { Connection } from "../connect.ts";
import type { Io } from "../io.ts";

const RETRY_MS = 500;
const PATIENCE_MS = 180_000;
const contextAnswer = z.object({ keptnContext: z.string() });

/** Repeats a request, which must bear that, while the host is away. */
export async function patient<T>(host: Connection, io: Io, request: () => Promise<T>): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (let told = false; ; told = true) {
    try {
      return await request();
    } catch (error) {
      const away =
        KeptnError.is(error, "ERR_HOST_UNREACHABLE") ||
        KeptnError.is(error, "ERR_STORE_UNAVAILABLE");
      if (!away || io.interrupted.aborted || Date.now() > until) throw error;
      if (!told) io.err.write(`the host at ${host.endpoint} is away: waiting until it is back\n`);
    }
    await sleep(RETRY_MS);
  }
}

/** Sends an event exactly once, however often the answer is lost; resolves with its context. */
export async function sendOnce(host: Connection, io: Io, event: object): Promise<string> {
  const key = randomUUID();
  return patient(host, io, async () => {
    let answer: Response;
    try {
      answer = await fetch(`${host.endpoint}/v1/event`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-token": host.token,
          "idempotency-key": key,
        },
        body: JSON.stringify(event),
        signal: io.interrupted,
      });
    } catch (error) {
      if (io.interrupted.aborted) throw io.interrupted.reason;
      throw new KeptnError("ERR_HOST_UNREACHABLE", `cannot reach ${host.endpoint}`, {}, error);
    }
    const body: unknown = await answer.json();
    if (answer.ok) return contextAnswer.parse(body).keptnContext;
    const code = answer.status >= 500 ? "ERR_STORE_UNAVAILABLE" : "ERR_EVENT_INVALID";
    throw new KeptnError(code, (body as { message?: string }).message ?? `${answer.status}`);
  });
}
