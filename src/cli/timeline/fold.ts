/** Folds events into a timeline: a pure reducer. @module */
import { dataOf } from "../../spec/event.ts";
import { parseEventType } from "../../spec/event_type.ts";
import { at, type Json, textAt } from "../../spec/json.ts";
import type { EventModel } from "../../spec/models.ts";
import { foldOutcomes, type Outcome, type Result, type Status } from "../../spec/outcome.ts";
import { readEvaluation } from "./evaluation.ts";
import type { ExplainedSequence } from "./explained.ts";
import type { Part, TaskLine, Timeline } from "./model.ts";

const CONTROLLER = "shipyard-controller";

/** Adds an event, in the order of the log; one that is there already changes nothing. */
export function addEvent(timeline: Timeline, event: EventModel): Timeline {
  if (event.id === undefined || timeline.seen.has(event.id)) return timeline;
  const seen = new Set(timeline.seen).add(event.id);
  return fold({ ...timeline, seen }, event as EventModel & { id: string });
}

/** Takes over what the host says of the whole context: events, reasons, state. */
export function withExplanation(timeline: Timeline, explained: ExplainedSequence): Timeline {
  const { events, reasons, state } = explained;
  const folded = events
    .filter(({ origin }) => origin !== "internal")
    .reduce((so, { event }) => addEvent(so, event), timeline);
  return { ...folded, reasons, state: state.state };
}

type Known = EventModel & { readonly id: string };

function fold(timeline: Timeline, event: Known): Timeline {
  const type = parseEventType(event.type);
  if (type.level === "sequence") {
    if (type.kind === "triggered") return addRun(timeline, event, type.stage, type.sequence);
    return type.kind === "finished" ? endRun(timeline, event) : timeline;
  }
  if (type.level !== "task") return timeline;
  if (type.kind === "triggered") return addTask(timeline, event, type.task);
  const task = timeline.tasks.find(({ id }) => id === event.triggeredid);
  if (!task || task.outcome) return timeline;
  const answered = answer(task, event, type.kind);
  return { ...timeline, tasks: timeline.tasks.map((one) => (one === task ? answered : one)) };
}

function addRun(timeline: Timeline, event: Known, stage: string, name: string): Timeline {
  const service = textAt(event.data, "service") ?? "";
  const run = { id: event.id, stage, name, service, triggeredAt: timeOf(event) };
  return { ...timeline, runs: [...timeline.runs, run] };
}

function endRun(timeline: Timeline, event: Known): Timeline {
  const outcome = outcomeOf(event);
  const runs = timeline.runs.map((run) =>
    run.id === event.triggeredid
      ? { ...run, outcome, finishedAt: timeOf(event), ...messageOf(event) }
      : run,
  );
  return { ...timeline, runs };
}

/** A slot runs one sequence at a time, oldest first: the first open one of the stage owns it. */
function addTask(timeline: Timeline, event: Known, name: string): Timeline {
  const stage = textAt(event.data, "stage") ?? "";
  const run = timeline.runs.find((one) => one.stage === stage && one.outcome === undefined);
  // Executors trigger tasks of their own, such as get-sli: they are part of theirs.
  if (!run || event.source !== CONTROLLER) return timeline;
  const task: TaskLine = {
    id: event.id,
    run: run.id,
    stage,
    name,
    triggeredAt: timeOf(event),
    parts: [],
  };
  return { ...timeline, tasks: [...timeline.tasks, task] };
}

function answer(task: TaskLine, event: Known, kind: string): TaskLine {
  const source = event.source ?? "";
  const message = textAt(event.data, "message");
  const said = message ? { ...task, message, speaker: source } : task;
  if (kind === "started") {
    return closed({ ...said, parts: [...task.parts, { source, startedAt: timeOf(event) }] }, event);
  }
  if (kind !== "finished") return said;
  const evaluation = readEvaluation(at(event.data, "evaluation"));
  const parts = withAnswer(task.parts, source, event);
  return closed(
    {
      ...said,
      parts,
      ...(evaluation ? { evaluation } : {}),
    },
    event,
  );
}

function withAnswer(parts: readonly Part[], source: string, event: Known): readonly Part[] {
  const open = (part: Part): boolean => part.finishedAt === undefined;
  const mine = parts.find((part) => open(part) && part.source === source) ?? parts.find(open);
  const result = textAt(event.data, "result");
  const status = textAt(event.data, "status");
  const finished = {
    finishedAt: timeOf(event),
    ...(result ? { result } : {}),
    ...(status ? { status } : {}),
  };
  if (!mine) return [...parts, { source, ...finished }];
  return parts.map((part) => (part === mine ? { ...part, ...finished } : part));
}

/** A task ends when as many executors have finished as have started (Keptn: orchestration.md 8.3). */
function closed(task: TaskLine, event: Known): TaskLine {
  const started = task.parts.filter((part) => part.startedAt !== undefined).length;
  const finished = task.parts.filter((part) => part.finishedAt !== undefined).length;
  if (finished === 0 || finished !== started) return task;
  return { ...task, outcome: foldOutcomes(task.parts), finishedAt: timeOf(event) };
}

function outcomeOf(event: Known): Outcome {
  const data = dataOf({ data: event.data as Json });
  return {
    result: (textAt(data, "result") ?? "fail") as Result,
    status: (textAt(data, "status") ?? "unknown") as Status,
  };
}

function messageOf(event: Known): { readonly message?: string } {
  const message = textAt(event.data, "message");
  return message ? { message } : {};
}

function timeOf(event: Known): number {
  return Date.parse(event.time ?? "") || 0;
}
