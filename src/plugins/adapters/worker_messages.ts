/** What the thread of the sandboxes and the main thread say to each other, always in batches. @module */
import type { Job, JobResult } from "../sandbox/activation.ts";
import type { Loaded, Script } from "../sandbox/core.ts";
import type { CallAnswer, GuestCall } from "../sandbox/types.ts";

/** What the thread is started with. */
export interface WorkerStart {
  /** The metered QuickJS. */
  readonly wasm: Uint8Array;
  /** Folder of frozen images, if they are kept. */
  readonly images?: string;
}

export type ToWorker =
  | { readonly kind: "load"; readonly id: number; readonly script: Script }
  | {
      readonly kind: "run";
      readonly id: number;
      readonly hash: string;
      readonly job: Omit<Job, "call" | "log">;
    }
  | {
      readonly kind: "answer";
      readonly id: number;
      readonly index: number;
      readonly settled: { readonly answer: CallAnswer; readonly now: number } | "suspend";
    }
  | { readonly kind: "unload"; readonly hash: string };

export type FromWorker =
  | { readonly kind: "loaded"; readonly id: number; readonly loaded: Loaded }
  | { readonly kind: "call"; readonly id: number; readonly call: GuestCall }
  | {
      readonly kind: "log";
      readonly id: number;
      readonly level: "info" | "warn" | "error";
      readonly line: string;
    }
  | { readonly kind: "ended"; readonly id: number; readonly result: JobResult }
  /** The thread itself failed at a request; a defect of ours, not of the guest. */
  | { readonly kind: "broken"; readonly id: number; readonly message: string };

/** Collects messages and hands them over once the current work is done. */
export function batched<M>(send: (messages: M[]) => void): (message: M) => void {
  let waiting: M[] = [];
  return (message) => {
    waiting.push(message);
    if (waiting.length > 1) return;
    queueMicrotask(() => {
      const batch = waiting;
      waiting = [];
      send(batch);
    });
  };
}
