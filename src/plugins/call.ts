/** What a capability gets to answer one call with. @module */
import type { KeptnEvent } from "../spec/event.ts";
import type { Json, JsonObject } from "../spec/json.ts";
import type { Reason } from "../spec/reason.ts";
import type { Sender } from "./answer.ts";
import type { Grant } from "./grants.ts";
import type { JournalEntry } from "./journal.ts";
import type { Manifest } from "./manifest.ts";
import type { PlatformPorts, Statement } from "./ports.ts";
import type { TaskRow } from "./task_tables.ts";

/** Why a wait ended: its instant came, its event came, the task was cancelled, or it takes long. */
export type Waited = "due" | "woken" | "cancelled" | "suspend";

export interface CallScope {
  readonly index: number;
  readonly ports: PlatformPorts;
  readonly task: TaskRow;
  readonly event: KeptnEvent;
  readonly manifest: Manifest;
  readonly sender: Sender;
  /** What the operator permits at this moment. */
  readonly grant: Grant;
  readonly signal: AbortSignal;
  /** What the journal holds of this call from before. */
  readonly known: JournalEntry | undefined;
  /** Stable over every repetition of this call. */
  readonly idempotencyKey: string;
  /** Real values by placeholder. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Journal statements that settle this call with a value, for the write that makes its effect. */
  along(value: Json): readonly Statement[];
  /** Everything that the journal has not written yet, for a write that makes an effect. */
  pending(): readonly Statement[];
  /** Replaces what the journal remembers about the unanswered call; durable with the next write. */
  note(note: JsonObject): void;
  /** Begins a new turn of a loop. */
  turn(note: JsonObject): void;
  /** Waits for an instant, or until something arrives under a key. */
  wait(until: { readonly due?: number; readonly key?: string }): Promise<Waited>;
}

/** Stands for an answer that is not there yet: the task sleeps until its wait is over. */
export const SUSPEND = Symbol("suspend");

/**
 * How a call is journaled.
 *
 * - `read`: no intent; its answer is written together with the next effect.
 * - `effect`: an intent before, the answer after, both durable.
 * - `atomic`: the capability writes effect and answer in one batch through `along`.
 * - `wait`: like a read, and may suspend the task.
 */
export type Journaled = "read" | "effect" | "atomic" | "wait";

export interface Capability<Args, Answer> {
  readonly journaled: Journaled;
  run(args: Args, call: CallScope): Promise<Answer | typeof SUSPEND>;
}

/** An error that the guest sees under a name of its own. */
export class GuestError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** A capability that the operator has not granted; the message ends with the command that grants it. */
export class Denied extends GuestError {
  /** What would have to be granted. */
  readonly missing: string;

  constructor(missing: string, reason: string, command: string) {
    super("Denied", `${reason}; permit it with: ${command}`);
    this.missing = missing;
  }

  /** The denial as data, as it stands beside the answer of a task that it ended. */
  get reason(): Reason {
    return { rule: "denied", message: this.message, values: { missing: this.missing } };
  }
}
