/** Folds the events of one context into stages, sequences and tasks. @module */
import type { Evaluation, Json, KeptnEvent, Reason } from "./models.ts";

const CONTROLLER = "shipyard-controller";
const PREFIX = "sh.keptn.event.";

/** One executor's part in a task. */
export interface Part {
  readonly source: string;
  readonly startedAt?: number;
  finishedAt?: number;
  result?: string;
  status?: string;
  message?: string;
}
/** One line that an executor or the host said about a task. */
export interface Line {
  readonly time: number;
  readonly source: string;
  readonly text: string;
}
export interface Task {
  readonly id: string;
  readonly name: string;
  readonly stage: string;
  readonly triggeredAt: number;
  readonly events: KeptnEvent[];
  readonly parts: Part[];
  readonly lines: Line[];
  /** Tasks that its executor asked for, such as `get-sli`. */
  readonly children: Task[];
  reason?: Reason;
  evaluation?: Evaluation;
}
export interface Run {
  readonly id: string;
  readonly stage: string;
  readonly sequence: string;
  readonly triggeredAt: number;
  readonly events: KeptnEvent[];
  readonly tasks: Task[];
  finishedAt?: number;
  result?: string;
  status?: string;
  message?: string;
  reason?: Reason;
}
export interface Trace {
  /** In the order in which they were triggered. */
  readonly runs: readonly Run[];
  /** Events that belong to no task and no sequence. */
  readonly loose: readonly KeptnEvent[];
}
export type Reasons = { readonly [triggeredId: string]: Reason };

/** Builds the trace of one context; `events` in the order of the log. */
export function foldTrace(events: readonly KeptnEvent[], reasons: Reasons = {}): Trace {
  const runs: Run[] = [];
  const tasks = new Map<string, Task>();
  const loose: KeptnEvent[] = [];
  for (const event of events) {
    const names = event.type.startsWith(PREFIX) ? event.type.slice(PREFIX.length).split(".") : [];
    const kind = names.at(-1);
    if (names.length === 3 && names[1] !== "status") foldSequence(runs, names, event, reasons);
    else if (names.length === 2 && kind === "triggered") {
      placeTask(runs, tasks, newTask(names[0]!, event, reasons), event) || loose.push(event);
    } else if (names.length >= 2) {
      const task = tasks.get(event.triggeredid ?? "");
      if (task) foldAnswer(task, kind!, event);
      else loose.push(event);
    } else loose.push(event);
  }
  return { runs, loose };
}

export function isOver(task: Task): boolean {
  return task.parts.length > 0 && task.parts.every((part) => part.finishedAt !== undefined);
}

/** `pass`, `warning`, `fail`, `started`, `waiting`, `approval` or `aborted`. */
export function taskState(task: Task, run: Run): string {
  if (task.parts.some((part) => part.status === "aborted")) return "aborted";
  if (isOver(task)) return worst(task.parts);
  if (run.finishedAt !== undefined) return run.status === "aborted" ? "aborted" : "fail";
  if (task.name === "approval") return "approval";
  return task.parts.length > 0 ? "started" : "waiting";
}

export function runState(run: Run): string {
  if (run.finishedAt !== undefined) {
    if (run.status === "aborted") return "aborted";
    return run.status === "errored" ? "fail" : (run.result ?? "pass");
  }
  const current = run.tasks.at(-1);
  if (!current) return "waiting";
  return taskState(current, run) === "approval" ? "approval" : "started";
}

/** When the task's last executor was done, or undefined. */
export function taskEnd(task: Task): number | undefined {
  return isOver(task) ? Math.max(...task.parts.map((part) => part.finishedAt!)) : undefined;
}

export function taskStart(task: Task): number | undefined {
  const starts = task.parts.map((part) => part.startedAt ?? part.finishedAt!);
  return starts.length > 0 ? Math.min(...starts) : undefined;
}

export function timeOf(event: KeptnEvent): number {
  return Date.parse(event.time ?? "") || 0;
}

/** The value at a path of an event's data. */
export function field(event: KeptnEvent, ...path: string[]): Json | undefined {
  let here: Json | undefined = event.data;
  for (const key of path) {
    if (typeof here !== "object" || here === null || Array.isArray(here)) return undefined;
    here = here[key];
  }
  return here;
}

export function text(event: KeptnEvent, ...path: string[]): string | undefined {
  const found = field(event, ...path);
  return typeof found === "string" && found !== "" ? found : undefined;
}

function foldSequence(
  runs: Run[],
  [stage, sequence, kind]: readonly string[],
  event: KeptnEvent,
  reasons: Reasons,
): void {
  if (kind === "triggered") {
    const reason = reasons[event.id];
    runs.push({
      id: event.id,
      stage: stage!,
      sequence: sequence!,
      triggeredAt: timeOf(event),
      events: [event],
      tasks: [],
      ...(reason ? { reason } : {}),
    });
    return;
  }
  const run = runs.find((one) => one.id === event.triggeredid);
  if (!run) return;
  run.events.push(event);
  if (kind === "finished") Object.assign(run, { finishedAt: timeOf(event) }, answer(event));
}

function newTask(name: string, event: KeptnEvent, reasons: Reasons): Task {
  const reason = reasons[event.id];
  return {
    id: event.id,
    name,
    stage: text(event, "stage") ?? "",
    triggeredAt: timeOf(event),
    events: [event],
    parts: [],
    lines: [],
    children: [],
    ...(reason ? { reason } : {}),
  };
}

/** Puts a task below its sequence, or below the task whose executor asked for it. */
function placeTask(
  runs: readonly Run[],
  tasks: Map<string, Task>,
  task: Task,
  event: KeptnEvent,
): boolean {
  // A slot runs one sequence at a time, oldest first, so the first unfinished one owns the task.
  const run = runs.find((one) => one.stage === task.stage && one.finishedAt === undefined);
  if (!run) return false;
  const asking = run.tasks.at(-1);
  if (event.source !== CONTROLLER && asking && !isOver(asking)) asking.children.push(task);
  else run.tasks.push(task);
  tasks.set(task.id, task);
  return true;
}

function foldAnswer(task: Task, kind: string, event: KeptnEvent): void {
  task.events.push(event);
  const time = timeOf(event);
  const said = text(event, "message");
  if (said) task.lines.push({ time, source: event.source, text: said });
  if (kind === "started") task.parts.push({ source: event.source, startedAt: time });
  if (kind !== "finished") return;
  const evaluation = field(event, "evaluation");
  if (task.name === "evaluation" && evaluation) task.evaluation = evaluation as never;
  const open = task.parts.find((part) => part.finishedAt === undefined && same(part, event));
  const part = open ?? task.parts.find((one) => one.finishedAt === undefined);
  if (part) Object.assign(part, { finishedAt: time }, answer(event));
  else task.parts.push({ source: event.source, finishedAt: time, ...answer(event) });
}

function same(part: Part, event: KeptnEvent): boolean {
  return part.source === event.source;
}

function answer(event: KeptnEvent): { result?: string; status?: string; message?: string } {
  const result = text(event, "result");
  const status = text(event, "status");
  const message = text(event, "message");
  return {
    ...(result ? { result } : {}),
    ...(status ? { status } : {}),
    ...(message ? { message } : {}),
  };
}

function worst(parts: readonly Part[]): string {
  if (parts.some((part) => part.status === "errored" || part.result === "fail")) return "fail";
  return parts.some((part) => part.result === "warning") ? "warning" : "pass";
}
