/** The timeline of one context: what its events say, folded into sequences and tasks. @module */
import type { Evaluation } from "../../spec/evaluation.ts";
import type { Outcome } from "../../spec/outcome.ts";
import type { Explanation } from "./explained.ts";

/** One executor's part in a task. */
export interface Part {
  readonly source: string;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly result?: string;
  readonly status?: string;
}

/** Times are milliseconds since 1970, ids those of the triggered events. */
export interface TaskLine {
  readonly id: string;
  readonly run: string;
  readonly stage: string;
  readonly name: string;
  readonly triggeredAt: number;
  readonly parts: readonly Part[];
  readonly outcome?: Outcome;
  readonly finishedAt?: number;
  /** What was said last, and by whom. */
  readonly message?: string;
  readonly speaker?: string;
  readonly evaluation?: Evaluation;
}

export interface RunLine {
  readonly id: string;
  readonly stage: string;
  readonly name: string;
  readonly service: string;
  readonly triggeredAt: number;
  readonly finishedAt?: number;
  readonly outcome?: Outcome;
  readonly message?: string;
}

export interface Timeline {
  readonly keptnContext: string;
  /** In the order in which they were triggered. */
  readonly runs: readonly RunLine[];
  readonly tasks: readonly TaskLine[];
  /** Why things wait, were skipped or refused, as the host says it now. */
  readonly reasons: readonly Explanation[];
  /** Keptn's overall state; empty until it is known. */
  readonly state: string;
  /** Ids of the events that are folded in. */
  readonly seen: ReadonlySet<string>;
}

export function emptyTimeline(keptnContext: string): Timeline {
  return { keptnContext, runs: [], tasks: [], reasons: [], state: "", seen: new Set() };
}

/** The tasks of a sequence, in order. */
export function tasksOf(timeline: Timeline, run: RunLine): readonly TaskLine[] {
  return timeline.tasks.filter((task) => task.run === run.id);
}

export type LineState =
  | "waiting"
  | "running"
  | "approval"
  | "pass"
  | "warning"
  | "fail"
  | "errored"
  | "aborted"
  | "unanswered";

/** What a task line shows. */
export function taskState(task: TaskLine, run: RunLine | undefined): LineState {
  if (task.outcome) return outcomeState(task.outcome);
  if (run?.outcome) return run.outcome.status === "aborted" ? "aborted" : "unanswered";
  if (task.name === "approval") return "approval";
  return task.parts.length > 0 ? "running" : "waiting";
}

export function runState(run: RunLine, tasks: readonly TaskLine[]): LineState {
  if (run.outcome) return outcomeState(run.outcome);
  return tasks.length > 0 ? "running" : "waiting";
}

function outcomeState({ result, status }: Outcome): LineState {
  if (status === "aborted") return "aborted";
  return status === "errored" ? "errored" : result;
}

/**
 * The result of a delivery: the worst of its sequences, of each stage and name the last one.
 *
 * So a staging that failed is not made good by its rollback, but a remediation that needed two
 * actions is a success.
 */
export function resultOf({
  runs,
  state,
}: Timeline): "pass" | "warning" | "fail" | "aborted" | "timedOut" {
  if (state === "aborted") return "aborted";
  if (state === "timedOut") return "timedOut";
  const last = new Map(runs.map((run) => [`${run.stage}.${run.name}`, run]));
  const outcomes = [...last.values()].map((run) => run.outcome);
  if (outcomes.some((outcome) => outcome?.status === "aborted")) return "aborted";
  if (outcomes.some((outcome) => outcome?.result === "fail" || outcome?.status === "errored")) {
    return "fail";
  }
  return outcomes.some((outcome) => outcome?.result === "warning") ? "warning" : "pass";
}
