/** What the rest of the host asks of the shipyard controller. @module */
import type { KeptnEvent } from "../../spec/event.ts";
import type { Reason } from "../../spec/reason.ts";
import type { Statement } from "../ports/store.ts";
import type { Origin } from "../tables/event_table.ts";

export type { Origin } from "../tables/event_table.ts";

/** One entry of the log, as stored. */
export interface LogEntry {
  readonly seq: number;
  readonly origin: Origin;
  readonly event: KeptnEvent;
  /** Host time at which it was taken, in milliseconds. */
  readonly at: number;
  /** Name of the token or plugin that brought it. */
  readonly principal: string;
  /** Whether it was put on the pollers' list. */
  readonly open: boolean;
  /** Why it was emitted, or why it was refused. */
  readonly reason?: Reason;
}

export interface AcceptOptions {
  readonly principal: string;
  /** `bus`: the id is final and repeats are refused. `api`: the id is fresh. `host`: an event of the host's own. */
  readonly via: "api" | "bus" | "host";
  /** Keys under which a repetition of the same request is recognised (design D7). */
  readonly dedupe?: readonly string[];
  /** Statements that the same write shall hold, such as the state of a plugin task. */
  readonly along?: readonly Statement[];
  /** Why the sender sends it, such as a denial that ended its task; stored with the event. */
  readonly reason?: Reason;
}

export type Accepted =
  | {
      readonly kind: "recorded";
      readonly event: KeptnEvent;
      readonly seq: number;
      readonly refused?: Reason;
    }
  /** The same request was taken before: nothing happened now. */
  | { readonly kind: "repeated"; readonly eventId: string; readonly keptnContext: string }
  /** A command or a timer was carried out. */
  | { readonly kind: "done" }
  /** Nothing was recorded: the event cannot be part of the log. */
  | { readonly kind: "refused"; readonly refused: Reason };

export type ControlCommand = "pause" | "resume" | "abort";

export interface Control {
  readonly command: ControlCommand;
  readonly project: string;
  readonly context: string;
  readonly stage?: string;
  readonly principal: string;
}

/** The shipyard controller of one host. Every promise resolves when what it says is durable. */
export interface Controller {
  accept(event: KeptnEvent, options: AcceptOptions): Promise<Accepted>;
  /** Pauses, resumes or aborts; an unknown context is no error (Keptn: http-api.md 7.3). */
  control(command: Control): Promise<void>;
  /** Calls back after each commit with its entries, in order; returns what ends it. */
  subscribe(listener: (entries: readonly LogEntry[]) => void): () => void;
  /** Sequence number of the newest entry known to this host. */
  readonly newest: number;
  /** Resolves when no input and no due timer is under way. */
  settled(): Promise<void>;
  /** Waits for the writes under way and arms no timer any more. */
  stop(): Promise<void>;
}
