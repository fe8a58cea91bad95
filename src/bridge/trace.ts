/** Joins an explained sequence with its events: stages, sequences, tasks, and who did what when. @module */
import type {
  Because,
  Evaluation,
  Explained,
  ExplainedEvent,
  ExplainedSequence,
  ExplainedTask,
  KeptnEvent,
  Reason,
} from "./models.ts";
import { field, namesOf, text, timeOf } from "./event.ts";

const CONTROLLER = "shipyard-controller";

/** One executor's part in a task. */
export interface Part {
  readonly source: string;
  readonly startedAt?: number;
  finishedAt?: number;
  result?: string;
  status?: string;
}
/** One line that an executor said about a task. */
export interface Line {
  readonly time: number;
  readonly source: string;
  readonly text: string;
}
export interface Task {
  readonly key: string;
  readonly name: string;
  /** `pending`, `waiting`, `started`, `approval`, `pass`, `warning`, `fail`, `aborted` or `skipped`. */
  state: string;
  /** Absent until it is triggered. */
  triggeredAt?: number;
  readonly events: KeptnEvent[];
  readonly parts: Part[];
  readonly lines: Line[];
  /** Tasks that its executor asked for, such as `get-sli`. */
  readonly children: Task[];
  reason?: Reason;
  evaluation?: Evaluation;
  why?: readonly string[];
}
export interface Run {
  readonly id: string;
  readonly stage: string;
  readonly sequence: string;
  readonly triggeredAt: number;
  readonly events: KeptnEvent[];
  readonly tasks: readonly Task[];
  /** Why it waits or ended, what was skipped, what was not triggered after it. */
  readonly reasons: Reason[];
  /** Why it was triggered. */
  readonly cause?: Reason;
  state: string;
  finishedAt?: number;
  result?: string;
  status?: string;
}
export interface Trace {
  /** In the order in which they were triggered. */
  readonly runs: readonly Run[];
  readonly refused: readonly Because[];
  /** Events that belong to no task and no sequence. */
  readonly loose: readonly KeptnEvent[];
}

/** Builds what the page shows of one sequence. */
export function traceOf({ events, sequences, reasons }: Explained): Trace {
  const seen = events.filter(({ origin }) => origin !== "internal");
  const causes = new Map(seen.map(({ id, reason }) => [id, reason]));
  const runs = sequences.map((sequence) => newRun(sequence, causes.get(sequence.id)));
  const tasks = new Map(runs.flatMap(({ tasks: own }) => own.map((task) => [task.key, task])));
  const byId = new Map(runs.map((run) => [run.id, run]));
  const loose: KeptnEvent[] = [];
  for (const entry of seen) {
    const { event } = entry;
    const owner = byId.get(event.id) ?? byId.get(event.triggeredid ?? "");
    const task = tasks.get(event.id) ?? tasks.get(event.triggeredid ?? "");
    if (owner) addToRun(owner, event);
    else if (task) addToTask(task, entry);
    else if (!addChild(runs, tasks, entry)) loose.push(event);
  }
  for (const run of runs) finishStates(run, reasons);
  // What was refused to a sequence or task stands there.
  const refused = reasons.filter(
    ({ id, kind }) => kind === "refused" && !byId.has(id) && !tasks.has(id),
  );
  return { runs, refused, loose };
}

export function isOver(task: Task): boolean {
  return task.parts.length > 0 && task.parts.every((part) => part.finishedAt !== undefined);
}

/** When the task's last executor was done, or undefined. */
export function taskEnd(task: Task): number | undefined {
  return isOver(task) ? Math.max(...task.parts.map((part) => part.finishedAt!)) : undefined;
}

/** When its first executor began, or undefined. */
export function taskStart(task: Task): number | undefined {
  const starts = task.parts.map((part) => part.startedAt ?? part.finishedAt!);
  return starts.length > 0 ? Math.min(...starts) : undefined;
}

function newRun(sequence: ExplainedSequence, cause: Reason | undefined): Run {
  const { id, stage, sequence: name, state, triggeredAt, reason, notes, tasks } = sequence;
  const queued = reason && !tasks.some((task) => task.reason) ? [reason] : [];
  return {
    id,
    stage,
    sequence: name,
    state,
    triggeredAt: Date.parse(triggeredAt),
    events: [],
    tasks: tasks.map((task, index) => newTask(task, task.id ?? `${id}-${index}`)),
    reasons: [...queued, ...notes.filter(({ rule }) => rule !== "task-skipped")],
    ...(cause ? { cause } : {}),
  };
}

function newTask({ name, state, reason }: ExplainedTask, key: string): Task {
  return {
    key,
    name,
    state,
    events: [],
    parts: [],
    lines: [],
    children: [],
    ...(reason ? { reason } : {}),
  };
}

function addToRun(run: Run, event: KeptnEvent): void {
  run.events.push(event);
  if (namesOf(event).at(-1) === "finished") {
    Object.assign(run, { finishedAt: timeOf(event) }, outcomeOf(event));
  }
}

function addToTask(task: Task, { event, why }: ExplainedEvent): void {
  task.events.push(event);
  const time = timeOf(event);
  const said = text(event, "message");
  if (said) task.lines.push({ time, source: event.source, text: said });
  const kind = namesOf(event).at(-1);
  if (kind === "triggered") task.triggeredAt = time;
  if (kind === "started") task.parts.push({ source: event.source, startedAt: time });
  if (kind !== "finished") return;
  const evaluation = field(event, "evaluation");
  if (task.name === "evaluation" && evaluation) {
    Object.assign(task, { evaluation, why: why ?? [] });
  }
  const open = task.parts.filter((part) => part.finishedAt === undefined);
  const part = open.find(({ source }) => source === event.source) ?? open[0];
  if (part) Object.assign(part, { finishedAt: time }, outcomeOf(event));
  else task.parts.push({ source: event.source, finishedAt: time, ...outcomeOf(event) });
}

/** A task that an executor asked for stands below the one that the executor works on. */
function addChild(runs: readonly Run[], tasks: Map<string, Task>, entry: ExplainedEvent): boolean {
  const { event } = entry;
  const [name, kind, ...more] = namesOf(event);
  if (kind !== "triggered" || more.length > 0 || event.source === CONTROLLER) return false;
  const parent = runs
    .filter(({ stage }) => stage === text(event, "stage"))
    .flatMap((run) => run.tasks)
    .findLast((task) => task.parts.length > 0 && !isOver(task));
  if (!parent) return false;
  const child = newTask({ name: name!, state: "open" }, event.id);
  parent.children.push(child);
  tasks.set(event.id, child);
  addToTask(child, entry);
  return true;
}

function finishStates(run: Run, reasons: readonly Because[]): void {
  const whole = run.tasks.flatMap((task) => [task, ...task.children]);
  for (const task of whole) {
    task.state = stateOf(task, run);
    const because = reasons.find(({ id }) => id === task.key);
    if (because) task.reason ??= because.reason;
  }
  const ended = reasons.filter(({ id, kind }) => id === run.id && kind === "ended");
  run.reasons.push(...ended.map(({ reason }) => reason));
  if (run.finishedAt !== undefined) {
    run.state = run.status === "succeeded" ? (run.result ?? "pass") : (run.status ?? run.state);
  }
}

function stateOf(task: Task, run: Run): string {
  if (task.triggeredAt === undefined) return task.state;
  if (task.parts.some(({ status }) => status === "aborted")) return "aborted";
  if (isOver(task)) return worst(task.parts);
  if (run.finishedAt !== undefined) return run.status === "aborted" ? "aborted" : "fail";
  if (task.name === "approval") return "approval";
  return task.parts.length > 0 ? "started" : "waiting";
}

function worst(parts: readonly Part[]): string {
  const bad = parts.some(({ status, result }) => status === "errored" || result === "fail");
  if (bad) return "fail";
  return parts.some(({ result }) => result === "warning") ? "warning" : "pass";
}

function outcomeOf(event: KeptnEvent): { result?: string; status?: string } {
  const result = text(event, "result");
  const status = text(event, "status");
  return { ...(result ? { result } : {}), ...(status ? { status } : {}) };
}
