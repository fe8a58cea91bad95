/** What the page reads from the public API. @module */
import type { Evaluation, IndicatorResult, Target } from "../spec/evaluation.ts";
import type { KeptnEvent } from "../spec/event.ts";
import type { Json } from "../spec/json.ts";
import type { Reason } from "../spec/reason.ts";

export type { Evaluation, IndicatorResult, Json, KeptnEvent, Reason, Target };

export interface EventMark {
  readonly eventId: string;
  readonly keptnContext: string;
  /** Nanoseconds since 1970, as text (Keptn: http-api.md 2.2.2). */
  readonly time: string;
}
export interface Service {
  readonly serviceName: string;
  readonly deployedImage?: string;
  readonly lastEventTypes?: { readonly [type: string]: EventMark };
}
export interface Stage {
  readonly stageName: string;
  readonly services: readonly Service[];
  readonly parentStages?: readonly string[];
}
export interface Project {
  readonly projectName: string;
  readonly stages: readonly Stage[];
  readonly shipyard?: string;
}

export interface StageState {
  readonly name: string;
  readonly state: string;
  readonly image?: string;
  readonly latestEvent?: { readonly type: string; readonly id: string; readonly time: string };
  readonly latestFailedEvent?: {
    readonly type: string;
    readonly id: string;
    readonly time: string;
  };
  readonly latestEvaluation?: { readonly result: string; readonly score: number };
}
/** Keptn's view of one context (Keptn: http-api.md 7.2). */
export interface SequenceState {
  readonly name: string;
  readonly service: string;
  readonly project: string;
  readonly time: string;
  readonly shkeptncontext: string;
  readonly state: string;
  readonly problemTitle?: string;
  readonly stages: readonly StageState[];
}

/** One entry of the log (`/api/periplus/v1/sequence/{project}/{context}`). */
export interface ExplainedEvent {
  readonly seq: number;
  readonly id: string;
  readonly origin: "received" | "emitted" | "internal";
  readonly principal: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly reason?: Reason;
  /** Of an evaluation: why each objective ended as it did. */
  readonly why?: readonly string[];
  readonly event: KeptnEvent;
}
export interface ExplainedTask {
  /** Id of its triggered event, once there is one. */
  readonly id?: string;
  readonly name: string;
  readonly state: "pending" | "waiting" | "open" | "finished" | "skipped" | "over";
  readonly result?: string;
  readonly status?: string;
  readonly reason?: Reason;
}
export interface ExplainedSequence {
  readonly id: string;
  readonly stage: string;
  readonly sequence: string;
  readonly state: string;
  readonly triggeredAt: string;
  readonly reason?: Reason;
  readonly notes: readonly Reason[];
  readonly tasks: readonly ExplainedTask[];
}
export interface Because {
  readonly id: string;
  readonly kind: "waiting" | "skipped" | "refused" | "ended";
  readonly stage: string;
  readonly sequence: string;
  readonly task: string;
  readonly reason: Reason;
}
/** One delivery with everything that explains it. */
export interface Explained {
  readonly state: SequenceState;
  readonly events: readonly ExplainedEvent[];
  readonly sequences: readonly ExplainedSequence[];
  readonly reasons: readonly Because[];
  /** When another answer is due though nothing happened. */
  readonly refreshAt?: string;
}
