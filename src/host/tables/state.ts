/** What the controller keeps: executions, contexts, slots, projects, as plain data. @module */
import type { KeptnEvent } from "../../spec/event.ts";
import type { JsonObject } from "../../spec/json.ts";
import type { Reason } from "../../spec/reason.ts";
import type { Shipyard, ShipyardTask } from "../../spec/shipyard.ts";

export type ExecutionState =
  "triggered" | "started" | "waitingForApproval" | "paused" | "finished" | "timedOut";

/**
 * What an execution is to its slot: `holding` keeps others out, `held` has a task that waits for the
 * slot, `queued` has not begun, `aside` is paused or waits for a person, `over` has ended.
 */
export type Phase = "holding" | "held" | "queued" | "aside" | "over";

/** One answer of an executor to a task. */
export interface Answer {
  readonly id: string;
  readonly kind: "started" | "finished";
  readonly source: string;
  readonly time: string;
  readonly result?: string;
  readonly status?: string;
  readonly message?: string;
  readonly labels?: { readonly [name: string]: string };
  /** Data of a `finished` answer: kept in the log, loaded with the execution. */
  readonly data: JsonObject;
}

export interface CurrentTask {
  readonly name: string;
  /** Id of its triggered event, known before it is sent. */
  readonly id: string;
  /** The earliest instant at which it may be sent. */
  readonly planned: number;
  readonly sent?: number;
  /** True once any event referred to it: ends the start timeout. */
  readonly seen: boolean;
  readonly answers: readonly Answer[];
}

export interface DoneTask {
  readonly name: string;
  readonly id: string;
  readonly result: string;
  readonly status: string;
  readonly answers: readonly Answer[];
  /** Data of its finished answers, merged in the order in which they came. */
  readonly data: JsonObject;
}

/** One pass of one sequence through one stage. */
export interface Execution {
  /** Id of the event that triggered it. */
  readonly id: string;
  readonly project: string;
  readonly context: string;
  readonly stage: string;
  readonly service: string;
  readonly sequence: string;
  readonly tasks: readonly ShipyardTask[];
  readonly state: ExecutionState;
  /** The state to go back to, while paused. */
  readonly before?: ExecutionState;
  readonly phase: Phase;
  /** Order of arrival in the slot. */
  readonly place: number;
  /** Order in which tasks of the slot were held back; 0 = never. */
  readonly held: number;
  readonly done: readonly DoneTask[];
  readonly current?: CurrentTask;
  /** Commit that all its tasks are pinned to; empty when it could not be looked up. */
  readonly commit: string;
  /** The event that triggered it: kept in the log, loaded with the execution. */
  readonly trigger: KeptnEvent;
  readonly triggered: number;
  /** The next instant at which time alone changes it. */
  readonly due: number | null;
  /** What was decided about it and why, where no event carries the reason. */
  readonly notes: readonly Reason[];
}

export type OverallState =
  "triggered" | "waiting" | "started" | "paused" | "finished" | "aborted" | "timedOut";

export interface EventMark {
  readonly type: string;
  readonly id: string;
  readonly time: string;
}
export interface StageView {
  readonly name: string;
  readonly state: string;
  readonly image?: string;
  readonly latestEvaluation?: { readonly result: string; readonly score: number };
  readonly latestEvent?: EventMark;
  readonly latestFailedEvent?: EventMark;
}
/** What clients see of a context (Keptn: http-api.md 7.2), `state` aside: that is derived. */
export interface SequenceView {
  readonly name: string;
  readonly service: string;
  readonly project: string;
  readonly time: string;
  readonly shkeptncontext: string;
  readonly problemTitle?: string;
  readonly stages: readonly StageView[];
}

/** Which stages of a context are paused: the latest command of a stage wins over that of the whole. */
export interface Pauses {
  readonly all: boolean;
  readonly stages: { readonly [stage: string]: boolean };
}

export interface OpenExecution {
  readonly id: string;
  readonly stage: string;
  readonly state: ExecutionState;
}

/** One delivery through all stages. */
export interface Context {
  readonly project: string;
  readonly id: string;
  /** Null while the context is only known from a pause ahead of it. */
  readonly view: SequenceView | null;
  readonly pauses: Pauses;
  /** Executions that are not over, in order of creation. */
  readonly open: readonly OpenExecution[];
  readonly endedLast: "finished" | "aborted" | "timedOut";
  /** Whether anything timed out since nothing was open. */
  readonly timedOut: boolean;
}

export interface Slot {
  readonly project: string;
  readonly stage: string;
  readonly service: string;
}

/** What a slot knows of an execution without loading it. */
export interface SlotMember {
  readonly id: string;
  readonly context: string;
  readonly phase: Phase;
  readonly place: number;
  readonly held: number;
}

/** What the controller reads of a project. */
export interface ProjectFacts {
  readonly name: string;
  /** The shipyard at the head, or why there is none. */
  readonly shipyard:
    { readonly ok: true; readonly value: Shipyard } | { readonly ok: false; readonly why: string };
  /** The shipyard that the latest trigger used: what chains follow (Keptn: orchestration.md 9). */
  readonly chained: Shipyard | null;
  /** Text behind `shipyard`. */
  readonly text: string;
  readonly exists: boolean;
}

export function pausedFor(pauses: Pauses, stage: string): boolean {
  return pauses.stages[stage] ?? pauses.all;
}

/** Tells whether an execution is over. */
export function isOver(state: ExecutionState): boolean {
  return state === "finished" || state === "timedOut";
}
