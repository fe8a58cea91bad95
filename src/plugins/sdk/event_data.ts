/** The data of Keptn's events as an author reads it. @module */

export type TaskResult = "pass" | "warning" | "fail" | "";
export type TaskStatus = "succeeded" | "errored" | "aborted" | "unknown" | "";

export interface IndicatorResult {
  readonly score?: number;
  readonly status?: string;
  readonly value?: {
    readonly metric?: string;
    readonly value?: number;
    readonly success?: boolean;
    readonly message?: string;
    readonly [key: string]: unknown;
  };
  readonly displayName?: string;
  readonly [key: string]: unknown;
}

export interface Evaluation {
  readonly result?: TaskResult;
  readonly score?: number;
  readonly timeStart?: string;
  readonly timeEnd?: string;
  readonly sloFileContent?: string;
  readonly indicatorResults?: readonly IndicatorResult[] | null;
  readonly comparedEvents?: readonly string[];
  readonly [key: string]: unknown;
}

/** The data of an event: Keptn's common fields, blocks of well-known tasks, and whatever else came. */
export interface EventData {
  readonly project: string;
  readonly stage: string;
  readonly service: string;
  readonly labels?: { readonly [label: string]: string };
  readonly status?: TaskStatus;
  readonly result?: TaskResult;
  readonly message?: string;
  readonly configurationChange?: {
    readonly values?: { readonly [name: string]: unknown };
    readonly [key: string]: unknown;
  };
  readonly deployment?: {
    readonly deploymentstrategy?: string;
    readonly deploymentURIsPublic?: readonly string[];
    readonly deploymentURIsLocal?: readonly string[];
    readonly deploymentNames?: readonly string[];
    readonly gitCommit?: string;
    readonly [key: string]: unknown;
  };
  readonly test?: {
    readonly teststrategy?: string;
    readonly start?: string;
    readonly end?: string;
    readonly [key: string]: unknown;
  };
  readonly evaluation?: Evaluation;
  readonly problem?: {
    readonly problemTitle?: string;
    readonly rootCause?: string;
    readonly [key: string]: unknown;
  };
  readonly action?: {
    readonly name?: string;
    readonly action?: string;
    readonly description?: string;
    readonly value?: unknown;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/** A CloudEvent of Keptn with all its attributes. */
export interface KeptnEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly specversion: string;
  readonly time: string;
  readonly shkeptncontext: string;
  readonly triggeredid?: string;
  readonly gitcommitid?: string;
  readonly data: EventData;
  readonly [attribute: string]: unknown;
}
