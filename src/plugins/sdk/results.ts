/** What a task handler hands back. @module */
import type { JsonObject } from "../../spec/json.ts";

/** A finished task. */
export interface Finished {
  readonly kind: "returned";
  readonly result: "pass" | "warning" | "fail";
  /** `succeeded` unless set. */
  readonly status?: "errored";
  readonly message?: string;
  /** Merged into the data of the finished event. */
  readonly data?: JsonObject;
}

/** A task that someone else finishes. */
export interface LeftOpen {
  readonly kind: "left-open";
  readonly message?: string;
}

/** A task that this plugin has nothing to do with. */
export interface Ignored {
  readonly kind: "ignored";
}

export type Result = Finished | Ignored | LeftOpen;

/** Data for an event: anything that JSON can carry; `undefined` keys are left out. */
export type Data = { readonly [key: string]: unknown };
