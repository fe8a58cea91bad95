/** Why something happens, waits or is refused: the data behind every explanation. @module */
import type { Json } from "./json.ts";

/**
 * One explanation. The sentence is made once, where the decision is made, and shown unchanged by
 * CLI, API, timeline and page.
 */
export interface Reason {
  /** Stable id of the rule that decided, such as `slot-held`. */
  readonly rule: string;
  readonly message: string;
  /** Ids of the events that the decision looked at. */
  readonly events?: readonly string[];
  readonly values?: { readonly [name: string]: Json };
}
