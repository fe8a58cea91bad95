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
  // What was refused to a sequence or task stands in its own line.
  const known = new Set([...timeline.runs, ...timeline.tasks].map(({ id }) => id));
  const refused = timeline.reasons.filter(({ id, kind }) => kind === "refused" && !known.has(id));
  return [
    ...lines,
    ...refused.map(({ stage, task, reason }) => ({
      stage,
      name: task || "event",
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
  const ended = timeline.reasons.find(
    ({ id, kind }) => id === run.id && (kind === "ended" || kind === "refused"),
  );
  const why = queued ?? ended;
  const head: Line = {
    stage: run.stage,
    name: run.name,
    isTask: false,
    state: ended?.kind === "refused" && !run.outcome ? "refused" : runState(run, tasks),
    span: spanOf(run.triggeredAt, run.finishedAt, now),
    note: why ? sentence(why.reason) : run.outcome ? (run.message ?? "") : "",
    brief: "",
    isFresh: !queued && tasks.length === 0 && !run.outcome && now - run.triggeredAt < FRESH_MS,
  };
  // A sequence may run again in one context: what waits belongs to the run that is open.
  const others = about.filter(({ id, kind, task }) => {
    if (kind === "skipped") return id === run.id;
    return kind === "waiting" && task !== "" && !run.outcome && !known.has(id);
  });
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
  const about = timeline.reasons.filter(({ id }) => id === task.id);
  const waiting = about.find(({ kind }) => kind === "waiting")?.reason;
  const settled = about.find(({ kind }) => kind !== "waiting")?.reason;
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
    note: why && !task.outcome ? sentence(why) : settled ? noteOf(settled, brief) : brief,
    brief,
    isFresh: !task.outcome && isRoutine && now - task.triggeredAt < FRESH_MS,
  };
}

/** Who answered and why; not twice where the answer itself says why. */
function noteOf(reason: Reason, brief: string): string {
  if (brief.includes(reason.message)) return `${brief} (${reason.rule})`;
  return brief ? `${brief}: ${sentence(reason)}` : sentence(reason);
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
