/** Answers the capability calls of one activation and keeps its journal. @module */
import { KeptnError } from "../spec/errors.ts";
import type { KeptnEvent } from "../spec/event.ts";
import { isObject, type Json, type JsonObject } from "../spec/json.ts";
import type { Sender } from "./answer.ts";
import { type CallScope, Denied, GuestError, SUSPEND, type Waited } from "./call.ts";
import { prepare, type Prepared } from "./capabilities/mod.ts";
import type { Grant } from "./grants.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import type { Manifest } from "./manifest.ts";
import type { PlatformPorts } from "./ports.ts";
import type { CallAnswer, GuestCall } from "./sandbox/types.ts";
import type { TaskRow } from "./task_tables.ts";
import { Waits } from "./waits.ts";

/** What the task's own events need from whoever runs it. */
export interface TaskVoice {
  /** Sends `.started` unless it was sent; resolves when it is durable. */
  start(more?: { message?: string; data?: JsonObject }): Promise<void>;
  /** Sends `.status.changed`, at most one a second. */
  progress(message: string, data?: JsonObject): Promise<void>;
}

export interface BrokerOptions {
  readonly ports: PlatformPorts;
  readonly task: TaskRow;
  readonly event: KeptnEvent;
  readonly manifest: Manifest;
  readonly sender: Sender;
  readonly journal: Journal;
  readonly grant: () => Grant;
  readonly secrets: ReadonlyMap<string, string>;
  readonly voice: TaskVoice;
  readonly waits: Waits;
  readonly denied: (denial: Denied) => void;
  readonly diverged: (message: string) => void;
}

type Answered = { answer: CallAnswer; now: number };

/** The broker of one activation. */
export class Broker {
  private readonly options: BrokerOptions;

  constructor(options: BrokerOptions) {
    this.options = options;
  }

  /** Answers a live call; `"suspend"` when its answer will take long. */
  readonly call = async (call: GuestCall, signal: AbortSignal): Promise<Answered | "suspend"> => {
    const known = this.options.journal.entry(call.index);
    const difference = known && differs(known, call);
    if (difference !== undefined) {
      this.options.diverged(difference);
      return this.settle(call, failed(new GuestError("Diverged", difference)), false);
    }
    if (call.name === "started" || call.name === "progress") return this.speak(call);
    try {
      return await this.answer(call, prepare(call), known, signal);
    } catch (error) {
      if (error instanceof Denied) this.options.denied(error);
      return this.settle(call, failed(error), false);
    }
  };

  private async answer(
    call: GuestCall,
    prepared: Prepared,
    known: JournalEntry | undefined,
    signal: AbortSignal,
  ): Promise<Answered | "suspend"> {
    const { journal, voice, manifest, task } = this.options;
    const { journaled } = prepared;
    // Only a foreign effect needs the start to be durable; in the host's own log it stands before what follows.
    const starting = isLong(call, prepared) ? voice.start() : Promise.resolve();
    if (journaled === "effect" || call.name === "resources.write") await starting;
    else void starting.catch(() => undefined);
    if (journaled === "effect") {
      if (!known) await journal.intent(call);
      else if (isUncertain(call, manifest, task)) return this.settle(call, UNCERTAIN, true);
    }
    const scope = this.scope(call, known, signal);
    const value = await prepared.run(scope);
    if (value === SUSPEND) return "suspend";
    return this.settle(call, { ok: true, value }, journaled === "effect");
  }

  private async speak(call: GuestCall): Promise<Answered> {
    const args = isObject(call.args) ? call.args : {};
    const message = typeof args.message === "string" ? args.message : undefined;
    const data = isObject(args.data) ? args.data : undefined;
    const more = {
      ...(message === undefined ? {} : { message }),
      ...(data === undefined ? {} : { data }),
    };
    // The write is not awaited: what follows it, effect or finish, waits for it.
    if (call.name === "started") void this.options.voice.start(more).catch(() => undefined);
    else await this.options.voice.progress(message ?? "", data);
    return this.settle(call, { ok: true, value: null }, false);
  }

  private settle(call: GuestCall, answer: CallAnswer, durable: boolean): Promise<Answered> {
    const now = this.options.ports.clock.now();
    return this.options.journal.settle(call, answer, { now, durable });
  }

  private scope(call: GuestCall, known: JournalEntry | undefined, signal: AbortSignal): CallScope {
    const { ports, task, event, manifest, sender, journal, secrets, waits } = this.options;
    return {
      index: call.index,
      ports,
      task,
      event,
      manifest,
      sender,
      grant: this.options.grant(),
      signal,
      known,
      idempotencyKey: journal.key(call.index),
      secrets,
      along: (value: Json) => journal.along(call, { ok: true, value }, ports.clock.now()),
      pending: () => journal.take(),
      note: (note) => journal.note(call, note),
      turn: (note) => journal.turn(call, note),
      wait: (until): Promise<Waited> => waits.wait(call.index, until),
    };
  }
}

/** Whether a call changes something or may take long: then the task is told to have started. */
function isLong(call: GuestCall, { journaled }: Prepared): boolean {
  return journaled !== "read" || call.name === "http";
}

const UNCERTAIN: CallAnswer = {
  ok: false,
  error: {
    name: "Uncertain",
    message: "a crash interrupted this request: nobody knows whether it was carried out",
  },
};

/** A request with an intent and no answer may have been carried out; idempotent ones are sent again. */
function isUncertain(call: GuestCall, manifest: Manifest, task: TaskRow): boolean {
  const method = isObject(call.args) ? String(call.args.method).toUpperCase() : "";
  if (method === "PUT" || method === "DELETE") return false;
  return manifest.tasks[task.name]?.onUncertain === "fail";
}

function differs(known: JournalEntry, call: GuestCall): string | undefined {
  if (known.name !== call.name) {
    return `call ${call.index} was ${known.name} before and is ${call.name} now`;
  }
  if (JSON.stringify(known.args) !== JSON.stringify(call.args)) {
    return `call ${call.index} (${call.name}) has other arguments than before`;
  }
  return undefined;
}

function failed(error: unknown): CallAnswer {
  if (error instanceof GuestError) return named(error.name, error.message);
  if (KeptnError.is(error)) return named(error.code, error.message);
  return named("Error", error instanceof Error ? error.message : String(error));
}

function named(name: string, message: string): CallAnswer {
  return { ok: false, error: { name, message } };
}
