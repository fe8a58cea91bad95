/** The host's live stream, read as messages; goes on by itself after an interruption. @module */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { KeptnError } from "../spec/errors.ts";
import { type EventModel, eventModel } from "../spec/models.ts";
import type { Reason } from "../spec/reason.ts";
import type { Client } from "./client.ts";

export type StreamMessage =
  | { readonly kind: "event"; readonly event: EventModel }
  /** Why the event with this id was emitted, or refused. */
  | { readonly kind: "reason"; readonly eventId: string; readonly reason: Reason }
  /** Something changed without an event. */
  | { readonly kind: "state"; readonly project: string; readonly keptnContext: string }
  /** The place in the log is not known any more: read everything again. */
  | { readonly kind: "reset" };

export interface StreamFilter {
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
  readonly service?: string | undefined;
  readonly context?: string | undefined;
}

export const reasonModel: z.ZodType<Reason> = z.looseObject({
  rule: z.string(),
  message: z.string(),
});
const reasonMessage = z.object({ eventId: z.string(), reason: reasonModel });
const stateMessage = z.object({ project: z.string(), keptnContext: z.string() });
const RETRY_MS = 500;

/**
 * Opens the stream; resolves once the host has agreed, so that nothing that happens from now on is
 * missed.
 *
 * @throws {KeptnError} when the host refuses or cannot be reached; later interruptions are healed
 */
export async function openStream(
  client: Client,
  filter: StreamFilter,
  ended?: AbortSignal,
): Promise<AsyncIterable<StreamMessage>> {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  const path = `/v1/events/stream?${new URLSearchParams(given as [string, string][])}`;
  const first = await client.open(path, { accept: "text/event-stream" });
  return messages(client, path, first, ended);
}

async function* messages(
  client: Client,
  path: string,
  first: Response,
  ended: AbortSignal | undefined,
): AsyncGenerator<StreamMessage> {
  let lastId: string | undefined;
  let answer: Response | undefined = first;
  while (!hasEnded(ended)) {
    if (answer) {
      for await (const { id, name, data } of frames(answer, ended)) {
        if (id !== undefined) lastId = id;
        const message = data === "" ? undefined : messageOf(name, data);
        if (message) yield message;
      }
    }
    if (hasEnded(ended)) return;
    await sleep(RETRY_MS);
    answer = await reopened(client, path, lastId);
  }
}

/** Asked again: the signal may have fired while messages came in. */
function hasEnded(ended: AbortSignal | undefined): boolean {
  return ended?.aborted ?? false;
}

/** Undefined while the host is away. */
async function reopened(
  client: Client,
  path: string,
  lastId: string | undefined,
): Promise<Response | undefined> {
  try {
    return await client.open(path, {
      accept: "text/event-stream",
      ...(lastId === undefined ? {} : { "last-event-id": lastId }),
    });
  } catch (error) {
    if (KeptnError.is(error, "ERR_HOST_UNREACHABLE")) return undefined;
    if (KeptnError.is(error, "ERR_STORE_UNAVAILABLE")) return undefined;
    throw error;
  }
}

function messageOf(name: string, data: string): StreamMessage | undefined {
  const value: unknown = JSON.parse(data);
  if (name === "message") return { kind: "event", event: eventModel.parse(value) };
  if (name === "reason") return { kind: "reason", ...reasonMessage.parse(value) };
  if (name === "state") return { kind: "state", ...stateMessage.parse(value) };
  return name === "reset" ? { kind: "reset" } : undefined;
}

interface Frame {
  readonly id: string | undefined;
  readonly name: string;
  readonly data: string;
}

/** The frames of one connection; ends when it breaks. */
async function* frames(answer: Response, ended: AbortSignal | undefined): AsyncGenerator<Frame> {
  if (!answer.body) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const stop = (): void => void reader.cancel().catch(() => undefined);
  ended?.addEventListener("abort", stop, { once: true });
  let rest = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const blocks = (rest + part.value).split(/\r?\n\r?\n/);
      rest = blocks.pop()!;
      yield* blocks.map(frameOf);
    }
  } catch (error) {
    // A host that goes away breaks the connection: the caller opens it again.
    if (!(error instanceof TypeError)) throw error;
  } finally {
    ended?.removeEventListener("abort", stop);
  }
}

function frameOf(block: string): Frame {
  let id: string | undefined;
  let name = "message";
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ""] = /^([^:]+):? ?(.*)$/.exec(line) ?? [];
    if (field === "id") id = value;
    else if (field === "event") name = value;
    else if (field === "data") data.push(value);
  }
  return { id, name, data: data.join("\n") };
}
