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
