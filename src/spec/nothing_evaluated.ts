/** The reason of an evaluation that passed although nothing was measured. @module */
import type { Reason } from "./reason.ts";

export const NOTHING_EVALUATED: Reason = {
  rule: "nothing-evaluated",
  message: "nothing was measured, so the result says nothing about the service",
};
