/** The port between the platform (journal, broker, supervisor) and the sandbox that runs guest code. @module */
import type { Json, JsonObject } from "../../spec/json.ts";
import type { Manifest } from "../manifest.ts";

/** Which function of the plugin to run. */
export type Handler =
  | { readonly kind: "task"; readonly task: string }
  | { readonly kind: "cancel"; readonly task: string }
  | { readonly kind: "on"; readonly type: string };

/** Everything that a run may depend on besides the answers of its calls. */
export interface GuestInput {
  /** The triggering event with all its attributes. */
  readonly event: JsonObject;
  /** Properties of the shipyard task, defaults filled in. */
  readonly props: JsonObject;
  /** Merged and checked configuration. */
  readonly config: JsonObject;
  /** Names and keys of secrets that `ctx.secret` may name, with the placeholder of each. */
  readonly secrets: { readonly [nameAndKey: string]: string };
}

/** One capability call of the guest: `index` counts from 0 in the order in which calls are made. */
export interface GuestCall {
  readonly index: number;
  /** `http`, `kv.get`, `resources.read`, `sleep`, `poll`, `request`, `send`, `progress`, `callback`, `started`, … */
  readonly name: string;
  readonly args: Json;
}
/** What a call answered; an error is thrown into the guest under its name (`Uncertain`, `Cancelled`, `Error`). */
export type CallAnswer =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly error: { readonly name: string; readonly message: string } };

/** An answered call of an earlier activation of the same task; given in the order in which they settled. */
export interface Replayed {
  readonly index: number;
  readonly name: string;
  readonly args: Json;
  readonly answer: CallAnswer;
  /** The guest's clock when it settled, in milliseconds. */
  readonly now: number;
}

export interface Activation {
  readonly handler: Handler;
  readonly input: GuestInput;
  /** The guest's frozen clock at the start, in milliseconds. */
  readonly now: number;
  readonly seed: number;
  readonly replay: readonly Replayed[];
  /**
   * Answers a live call. `"suspend"` ends the activation: the VM is given back, and the task comes
   * again later with a longer replay.
   */
  readonly call: (
    call: GuestCall,
    signal: AbortSignal,
  ) => Promise<{ answer: CallAnswer; now: number } | "suspend">;
  readonly log: (level: "info" | "warn" | "error", line: string) => void;
}

/** Where in the author's source something happened; 1-based. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type FailureKind =
  | "threw"
  | "fuel"
  | "memory"
  | "stack"
  | "wall"
  | "calls"
  | "output"
  | "deadlock"
  | "protocol"
  | "diverged"
  | "crash";

export type Ended =
  /** The handler returned: `pass`, `warn`, `fail` or nothing (= pass); `on` and `cancel` handlers have no result. */
  | {
      readonly kind: "returned";
      readonly result: "pass" | "warning" | "fail";
      /** `errored` when the handler said so itself; its message is shown as it is. */
      readonly status?: "errored";
      readonly message?: string;
      readonly data?: JsonObject;
    }
  | { readonly kind: "left-open"; readonly message?: string }
  /** Not for this plugin: no event at all. */
  | { readonly kind: "ignored" }
  | { readonly kind: "suspended" }
  | {
      readonly kind: "failed";
      readonly failure: FailureKind;
      readonly name: string;
      readonly message: string;
      readonly at?: SourcePosition;
    };

export interface ActivationResult {
  readonly ended: Ended;
  /** Fuel that the guest burned: equal on every runtime for equal input and replay. */
  readonly fuel: number;
}

/** A plugin version that is loaded and frozen; activations of it may run at the same time. */
export interface LoadedPlugin {
  readonly manifest: Manifest;
  /** SHA-256 of bundle + wasm + SDK, hex: what journals are pinned to. */
  readonly hash: string;
  run(activation: Activation): Promise<ActivationResult>;
  /** Tells a run outside the sandbox that nobody wants its answer any more. */
  interrupt?(event: string): void;
  close(): Promise<void>;
}

/** The text of a bundled plugin and its source map. */
export interface Bundle {
  readonly name: string;
  readonly code: string;
  readonly map: string;
  /** The content of `plugin.json`; when there, it alone is the manifest. */
  readonly manifest?: Json;
}

export interface SandboxHost {
  /** Evaluates a bundle with every capability denied, reads its manifest, freezes its image. */
  load(bundle: Bundle): Promise<LoadedPlugin>;
  close(): Promise<void>;
}
