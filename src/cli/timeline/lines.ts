/** The lines of a timeline: plain data, so that terminal, log and test show the same. @module */
import { formatSpan } from "../../spec/duration.ts";
import { textAt } from "../../spec/json.ts";
import type { Reason } from "../../spec/reason.ts";
import {
  type LineState,
  type RunLine,
  runState,
  type TaskLine,
  tasksOf,
  taskState,
  type Timeline,
} from "./model.ts";

export interface Line {
  readonly stage: string;
  /** The sequence, or the task below it. */
  readonly name: string;
  readonly isTask: boolean;
  readonly state: LineState | "skipped" | "refused";
  readonly span: string;
  readonly note: string;
  /** The note without the host's explanation. */
  readonly brief: string;
  /** Sent less than a second ago, and nothing to explain but that. */
  readonly isFresh: boolean;
}

const FRESH_MS = 1_000;
const ROUTINE = ["waiting-for-started", "waiting-for-finished"];

/** One line for each sequence, task and thing that waits, in order. */
export function linesOf(timeline: Timeline, now: number): Line[] {
  const lines = timeline.runs.flatMap((run) => linesOfRun(timeline, run, now));
  const refused = timeline.reasons.filter(({ kind }) => kind === "refused");
  return [
    ...lines,
    ...refused.map(({ stage, reason }) => ({
      stage,
      name: "event",
      isTask: true,
      state: "refused" as const,
      span: "",
      note: sentence(reason),
      brief: "",
      isFresh: false,
    })),
  ];
}

/** The host's sentence with the id of its rule, as API and page have it. */
function sentence({ rule, message }: Reason): string {
  return `${message} (${rule})`;
}

function linesOfRun(timeline: Timeline, run: RunLine, now: number): Line[] {
  const tasks = tasksOf(timeline, run);
  const known = new Set(tasks.map(({ id }) => id));
  const about = timeline.reasons.filter(
    ({ stage, sequence, kind }) =>
      stage === run.stage && sequence === run.name && kind !== "refused",
  );
  const queued = about.find(
    ({ id, kind, task }) => id === run.id && kind === "waiting" && task === "",
  );
  const head: Line = {
    stage: run.stage,
    name: run.name,
    isTask: false,
    state: runState(run, tasks),
    span: spanOf(run.triggeredAt, run.finishedAt, now),
    note: queued ? sentence(queued.reason) : run.outcome ? (run.message ?? "") : "",
    brief: "",
    isFresh: !queued && tasks.length === 0 && !run.outcome && now - run.triggeredAt < FRESH_MS,
  };
  // A sequence may run again in one context: what waits belongs to the run that is open.
  const others = about.filter(({ id, kind, task }) =>
    kind === "skipped" ? id === run.id : task !== "" && !run.outcome && !known.has(id),
  );
  return [
    head,
    ...tasks.map((task) => taskLine(timeline, task, run, now)),
    ...others.map(({ kind, task, stage, reason }) => ({
      // A sequence that did not follow is named by its reason.
      stage: textAt(reason.values, "stage") ?? stage,
      name: task || (textAt(reason.values, "sequence") ?? run.name),
      isTask: true,
      state: kind as "waiting" | "skipped",
      span: "",
      note: sentence(reason),
      brief: "",
      isFresh: false,
    })),
  ];
}

function taskLine(timeline: Timeline, task: TaskLine, run: RunLine, now: number): Line {
  const waiting = timeline.reasons.find(
    ({ id, kind }) => id === task.id && kind === "waiting",
  )?.reason;
  const state = taskState(task, run);
  const executors = [...new Set(task.parts.map(({ source }) => source))].join(", ");
  const said = task.message ? `${task.speaker}: ${task.message}` : "";
  const isRoutine = waiting === undefined || ROUTINE.includes(waiting.rule);
  const why = waiting && isTelling(waiting, state, said) ? waiting : undefined;
  const brief = said || executors;
  return {
    stage: task.stage,
    name: task.name,
    isTask: true,
    state,
    span: spanOf(task.triggeredAt, task.finishedAt ?? run.finishedAt, now),
    note: why && !task.outcome ? sentence(why) : brief,
    brief,
    isFresh: !task.outcome && isRoutine && now - task.triggeredAt < FRESH_MS,
  };
}

/** Explanations may lag behind answers, and an executor that speaks says more than that it works. */
function isTelling({ rule }: Reason, state: string, said: string): boolean {
  if (state !== "running") return true;
  return rule !== "waiting-for-started" && !(rule === "waiting-for-finished" && said);
}

function spanOf(from: number, to: number | undefined, now: number): string {
  return formatSpan(Math.max(0, (to ?? now) - from));
}

/** The lines that differ from the ones before, durations aside: what a log shows. */
export function changesOf(before: readonly Line[], after: readonly Line[]): Line[] {
  const old = new Set(before.map(keyOf));
  return after.filter((line) => !old.has(keyOf(line)));
}

function keyOf({ stage, name, isTask, state, note }: Line): string {
  return JSON.stringify([stage, name, isTask, state, note]);
}
