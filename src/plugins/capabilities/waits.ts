/** Sleeping, polling and one-time callbacks: waits that outlive the process. @module */
import { z } from "zod";
import { type CallScope, type Capability, GuestError, SUSPEND } from "../call.ts";
import type { PollTurn } from "../sandbox/calls.ts";
import type { Json, JsonObject } from "../../spec/json.ts";

const SPAN = z.number().nonnegative();
const DAY = 86_400_000;

export const waitArgs = {
  sleep: z.object({ duration: SPAN }),
  poll: z.object({ every: SPAN, timeout: SPAN.optional() }),
  callback: z.object({ schema: z.record(z.string(), z.json()), timeout: SPAN.optional() }),
  "callback.wait": z.object({ id: z.string() }),
};
type Args = { [N in keyof typeof waitArgs]: z.infer<(typeof waitArgs)[N]> };

export const sleep: Capability<Args["sleep"], null> = {
  journaled: "wait",
  async run({ duration }, call) {
    const due = remembered(call, "due") ?? call.ports.clock.now() + duration;
    call.note({ due });
    return (await pause(call, { due })) === "suspend" ? SUSPEND : null;
  },
};

/** Turn 0 is answered at once; every further call of the same index begins the next turn. */
export const poll: Capability<Args["poll"], PollTurn> = {
  journaled: "wait",
  async run({ every, timeout }, call) {
    const now = call.ports.clock.now();
    const { known } = call;
    if (!known) {
      call.note({ turn: 0, due: now, ...(timeout === undefined ? {} : { end: now + timeout }) });
      return { turn: 0, expired: timeout === 0 };
    }
    const resumed = known.answer === null;
    const end = remembered(call, "end");
    const turn = Number(known.note.turn) + (resumed ? 0 : 1);
    const due = resumed ? (remembered(call, "due") ?? now) : now + every;
    const note = { turn, due, ...(end === undefined ? {} : { end }) };
    if (resumed) call.note(note);
    else call.turn(note);
    if ((await pause(call, { due })) === "suspend") return SUSPEND;
    return { turn, expired: end !== undefined && call.ports.clock.now() >= end };
  },
};

export const callback: Capability<Args["callback"], { id: string; url: string }> = {
  journaled: "atomic",
  async run({ timeout }, call) {
    const { clock, ids, store } = call.ports;
    const id = [...ids.bytes(24)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const answer = { id, url: `${call.ports.publicUrl()}/api/periplus/v1/callback/${id}` };
    await store.write([
      ...call.along(answer),
      {
        sql: `INSERT INTO callback (id,task,expires) VALUES (?,?,?)`,
        args: [id, call.task.id, clock.now() + (timeout ?? DAY)],
      },
    ]);
    return answer;
  },
};

export const callbackWait: Capability<Args["callback.wait"], { body: Json } | null> = {
  journaled: "wait",
  async run({ id }, call) {
    for (;;) {
      const [rows] = await call.ports.store.read([
        {
          sql: `SELECT body, expires FROM callback WHERE id=? AND task=?`,
          args: [id, call.task.id],
        },
      ]);
      const row = rows?.[0];
      if (!row) throw new GuestError("Error", "this callback address is not of this task");
      if (typeof row.body === "string") return { body: JSON.parse(row.body) as Json };
      if (call.ports.clock.now() >= Number(row.expires)) return null;
      const waited = await pause(call, { due: Number(row.expires), key: id });
      if (waited === "suspend") return SUSPEND;
    }
  },
};

/** Waits; a cancelled task learns it here. */
export async function pause(
  call: CallScope,
  until: { readonly due?: number; readonly key?: string },
): Promise<"due" | "woken" | "suspend"> {
  const waited = await call.wait(until);
  if (waited === "cancelled") {
    throw new GuestError("Cancelled", call.task.cancelled ?? "the task was cancelled");
  }
  return waited;
}

/** A number that the call noted before it was interrupted. */
export function remembered(call: CallScope, name: string): number | undefined {
  const value = (call.known?.note as JsonObject | undefined)?.[name];
  return typeof value === "number" ? value : undefined;
}
