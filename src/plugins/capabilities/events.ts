/** Sending events, awaiting their answers, and reading the log. @module */
import { z } from "zod";
import { dataOf, type KeptnEvent } from "../../spec/event.ts";
import { EVENT_PREFIX, taskType } from "../../spec/event_type.ts";
import { type Json, type JsonObject, textAt } from "../../spec/json.ts";
import { childEvent, fullType } from "../answer.ts";
import { type CallScope, type Capability, Denied, GuestError, SUSPEND } from "../call.ts";
import { allowCommand } from "../grants.ts";
import type { RequestAnswer, RequestAnswers } from "../sandbox/calls.ts";
import { pause, remembered } from "./waits.ts";

const DATA = z.record(z.string(), z.json()).default({});
const TYPE = z.string().regex(/^[\w-]+(\.[\w-]+)*$/, "expected an event type or task");

export const eventArgs = {
  send: z.object({ type: TYPE, data: DATA }),
  request: z.object({ type: TYPE, data: DATA, timeout: z.number().nonnegative().optional() }),
  "events.query": z.object({
    type: TYPE,
    project: z.string().optional(),
    stage: z.string().optional(),
    service: z.string().optional(),
    result: z.string().optional(),
    limit: z.int().min(1).max(100).optional(),
    excludeInvalidated: z.boolean().optional(),
  }),
  "events.get": z.object({ context: z.string().min(1) }),
  "events.answerers": z.object({ type: TYPE }),
};
type Args = { [N in keyof typeof eventArgs]: z.infer<(typeof eventArgs)[N]> };

export const send: Capability<Args["send"], { id: string }> = {
  journaled: "atomic",
  async run({ type, data }, call) {
    permit(call, type);
    const event = childEvent(call.sender, call.event, type, data as JsonObject);
    await emit(call, event, call.along({ id: event.id }));
    return { id: event.id };
  },
};

const DEFAULT_TIMEOUT = 600_000;

/**
 * The child's trigger and what the call must remember are one write: a repeated call never asks
 * twice, it goes on waiting for the same answers.
 */
export const request: Capability<Args["request"], RequestAnswers> = {
  journaled: "wait",
  async run({ type, data, timeout }, call) {
    permit(call, type);
    const { clock, events } = call.ports;
    if (events.renames) {
      throw new GuestError("Error", "ctx.request works in the host only: run this plugin there");
    }
    const known = textAt(call.known?.note, "child");
    const due = remembered(call, "due") ?? clock.now() + (timeout ?? DEFAULT_TIMEOUT);
    const child = known ?? call.ports.ids.uuid();
    if (known === undefined) await ask(call, type, data as JsonObject, child, due);
    for (;;) {
      const answers = await events.answers(child, call.event.shkeptncontext);
      const { started, finished } = count(answers);
      const late = clock.now() >= due;
      if (late || (finished.length > 0 && finished.length >= started)) {
        return { answers: finished.map(answerOf), started, timedOut: late };
      }
      if ((await pause(call, { due, key: child })) === "suspend") {
        return SUSPEND;
      }
    }
  },
};

export const query: Capability<Args["events.query"], JsonObject[]> = {
  journaled: "read",
  async run(args, call) {
    const wanted = Object.fromEntries(
      Object.entries(args).filter(([, value]) => value !== undefined),
    ) as typeof args;
    const type = fullType(args.type);
    return [...(await call.ports.events.query({ ...(wanted as { type: string }), type }))].map(
      (event) => event as JsonObject,
    );
  },
};

export const ofContext: Capability<Args["events.get"], JsonObject[]> = {
  journaled: "read",
  async run({ context }, call) {
    return (await call.ports.events.ofContext(context)).map((event) => event as JsonObject);
  },
};

export const answerers: Capability<Args["events.answerers"], string[]> = {
  journaled: "read",
  async run({ type }, { ports }) {
    return [...(ports.answerers?.(triggeredType(type)) ?? [])];
  },
};

function triggeredType(type: string): string {
  const bare = type.replace(/\.triggered$/, "");
  return bare.startsWith("sh.keptn.") ? `${bare}.triggered` : taskType(bare, "triggered");
}

async function ask(
  call: CallScope,
  type: string,
  data: JsonObject,
  child: string,
  due: number,
): Promise<void> {
  const made = childEvent(call.sender, call.event, triggeredType(type), data);
  call.note({ child, due });
  await emit(call, { ...made, id: child }, call.pending());
}

async function emit(
  call: CallScope,
  event: KeptnEvent,
  along: ReturnType<CallScope["along"]>,
): Promise<void> {
  await call.ports.events.send(event, {
    principal: `plugin:${call.manifest.name}`,
    along,
    key: call.idempotencyKey,
  });
}

function permit(call: CallScope, type: string): void {
  const short = fullType(type)
    .slice(EVENT_PREFIX.length)
    .replace(/\.triggered$/, "");
  const { manifest, grant } = call;
  const covers = (one: string): boolean => {
    const granted = one.replace(EVENT_PREFIX, "").replace(/\.triggered$/, "");
    return granted === short || one === type;
  };
  if (grant.events.some(covers)) return;
  throw new Denied(
    `event ${short}`,
    `${manifest.name} may not send ${type}`,
    allowCommand(manifest.name, [`event ${short}`]),
  );
}

function count(answers: readonly KeptnEvent[]): { started: number; finished: KeptnEvent[] } {
  return {
    started: answers.filter((event) => event.type.endsWith(".started")).length,
    finished: answers.filter((event) => event.type.endsWith(".finished")),
  };
}

function answerOf(event: KeptnEvent): RequestAnswer {
  const data = dataOf(event);
  const { result, status } = data;
  return {
    source: event.source,
    result: result === "pass" || result === "warning" ? result : "fail",
    status:
      status === "succeeded" || status === "errored" || status === "aborted" ? status : "unknown",
    message: textAt(data as Json, "message") ?? "",
    data,
    event: event as JsonObject,
  };
}
