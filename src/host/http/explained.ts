/** One delivery with everything that explains it (design D8): what timeline and page show. @module */
import { parseEventType, taskType } from "../../spec/event_type.ts";
import { at, isObject, textAt, type Json, type JsonObject } from "../../spec/json.ts";
import type { Reason } from "../../spec/reason.ts";
import { explainResult } from "../../spec/sli_why.ts";
import { controlled } from "../engine/reasons.ts";
import { type Audience, changesAt, SILENCE_MS, unanswered, waitingReason } from "./waiting.ts";
import type { Row } from "../ports/store.ts";
import type { DoneTask, Execution, Slot, SlotMember } from "../tables/state.ts";

export interface Explained {
  readonly now: number;
  readonly executions: readonly Execution[];
  /** Rows of the log, oldest first, internal ones included. */
  readonly events: readonly Row[];
  /** Members of the slot of an execution. */
  members(slot: Slot): readonly SlotMember[];
  audience(type: string, slot: Slot): Audience;
}

export interface Because {
  /** Id of the triggered event of the sequence or task that is explained. */
  readonly id: string;
  /** `ended`: by time or by command. */
  readonly kind: "waiting" | "skipped" | "refused" | "ended";
  readonly stage: string;
  readonly sequence: string;
  readonly task: string;
  readonly reason: Reason;
}

interface SeenEvent {
  readonly id: string;
  readonly type: string;
  readonly triggeredid: string;
  readonly at: number;
}

/** Every execution with its tasks and reasons, in order of creation. */
export function sequencesOf(explained: Explained): JsonObject[] {
  return explained.executions.map((execution) => {
    const waiting = whyWaiting(execution, explained);
    return {
      id: execution.id,
      stage: execution.stage,
      sequence: execution.sequence,
      service: execution.service,
      state: execution.state,
      commit: execution.commit,
      triggeredAt: new Date(execution.triggered).toISOString(),
      ...reasonField(waiting),
      notes: execution.notes as unknown as Json,
      tasks: execution.tasks.map((_, index) => taskOf(execution, index, waiting)),
    };
  });
}

/** All that waits, was skipped or refused, as one list. */
export function becauses(explained: Explained): Because[] {
  const found: Because[] = [];
  for (const execution of explained.executions) {
    const { id, stage, sequence, current, notes } = execution;
    const waiting = whyWaiting(execution, explained);
    if (waiting) {
      const task = current?.name ?? "";
      found.push({
        id: current?.id ?? id,
        kind: "waiting",
        stage,
        sequence,
        task,
        reason: waiting,
      });
    }
    for (const reason of notes) {
      const task = reason.values?.task;
      const name = typeof task === "string" ? task : "";
      found.push({ id, kind: "skipped", stage, sequence, task: name, reason });
    }
  }
  return [
    ...found,
    ...requests(explained),
    ...unmeasured(explained),
    ...endings(explained),
    ...refusals(explained),
  ];
}

/** The next instant at which another answer is due though nothing happened; null when there is none. */
export function refreshAt({ executions, now }: Explained): number | null {
  const instants = executions
    .map((execution) => changesAt(execution, now))
    .filter((instant) => instant !== null);
  return instants.length > 0 ? Math.min(...instants) : null;
}

const JUDGED = taskType("evaluation", "finished");

/** Entries of the log; an evaluation also says of each objective why it ended as it did. */
export function eventsJson(rows: readonly Row[]): string {
  const parts = rows.map((row) => {
    const { seq, id, origin, principal, at } = row;
    const facts = JSON.stringify({ seq, id, origin, principal, at });
    const reason = row.reason === null ? "" : `"reason":${String(row.reason)},`;
    const why = row.type === JUDGED ? `"why":${JSON.stringify(whyOf(String(row.body)))},` : "";
    return `${facts.slice(0, -1)},${reason}${why}"event":${String(row.body)}}`;
  });
  return `[${parts.join(",")}]`;
}

function whyOf(body: string): string[] {
  const results = at(JSON.parse(body), "data", "evaluation", "indicatorResults");
  if (!Array.isArray(results)) return [];
  return results.map((one) => (isObject(one) ? explainResult(one as never) : ""));
}

function whyWaiting(execution: Execution, explained: Explained): Reason | null {
  return waitingReason(execution, {
    now: explained.now,
    members: explained.members(execution),
    pausedBy: pausedBy(execution, explained.events),
    audience: explained.audience,
  });
}

/** The latest pause that covers the execution, by whoever commanded it. */
function pausedBy({ stage }: Execution, events: readonly Row[]): Reason {
  for (const row of events.toReversed()) {
    if (row.origin !== "internal" || !String(row.body).includes('"pause"')) continue;
    const { data } = JSON.parse(String(row.body)) as { data: { command?: string; stage?: string } };
    if (data.command !== "pause" || (data.stage && data.stage !== stage)) continue;
    return controlled("pause", String(row.principal));
  }
  return controlled("pause", "somebody");
}

function taskOf(execution: Execution, index: number, waiting: Reason | null): JsonObject {
  const { tasks, done, current, phase, notes } = execution;
  const { name } = tasks[index]!;
  const past = done[index];
  if (past) return doneTask(name, past);
  if (index === done.length && current) {
    const sent = current.sent === undefined ? {} : { sentAt: new Date(current.sent).toISOString() };
    const state = phase === "over" ? "over" : current.sent === undefined ? "waiting" : "open";
    return { id: current.id, name, state, ...sent, ...reasonField(waiting) };
  }
  const skipped = notes.find((note) => note.rule === "task-skipped" && note.values?.task === name);
  if (phase !== "over") return { name, state: "pending" };
  return { name, state: "skipped", ...reasonField(skipped ?? null) };
}

function doneTask(name: string, { id, result, status }: DoneTask): JsonObject {
  return { id, name, state: "finished", result, status };
}

/** Tasks that executors asked for, such as `get-sli`, and that nobody answers. */
function requests({ executions, events, now, audience }: Explained): Because[] {
  const running = executions.findLast(({ phase }) => phase !== "over");
  if (!running) return [];
  const seen = events.map(seenOf);
  const answered = new Set(seen.map(({ triggeredid }) => triggeredid));
  const own = ownTasks(executions);
  const { stage, sequence } = running;
  return seen.flatMap(({ id, type, at }) => {
    const parsed = parseEventType(type);
    const asked = parsed.level === "task" && parsed.kind === "triggered";
    if (!asked || own.has(id) || answered.has(id) || now - at < SILENCE_MS) return [];
    const reason = unanswered(type, running, now - at, audience(type, running));
    return [{ id, kind: "waiting", stage, sequence, task: parsed.task, reason } as const];
  });
}

/** Evaluations that passed although nothing was measured. */
function unmeasured({ events }: Explained): Because[] {
  return events.flatMap((row) => {
    if (row.type !== JUDGED) return [];
    const data = at(JSON.parse(String(row.body)), "data");
    const reason = at(data, "evaluation", "reason");
    if (textAt(reason, "rule") === undefined) return [];
    const stage = String(row.stage);
    const id = String(row.triggeredid ?? row.id);
    const skipped = { id, kind: "skipped", stage, sequence: "", task: "evaluation" } as const;
    return [{ ...skipped, reason: reason as unknown as Reason }];
  });
}

const ENDINGS: { readonly [rule: string]: Because["kind"] } = {
  "failed-start": "refused",
  "timed-out": "ended",
  aborted: "ended",
};

/** Sequences that did not end by the answers to their tasks. */
function endings({ events }: Explained): Because[] {
  return events.flatMap((row) => {
    const parsed = parseEventType(String(row.type));
    if (row.origin !== "emitted" || row.reason === null || parsed.level !== "sequence") return [];
    const reason = JSON.parse(String(row.reason)) as Reason;
    const kind = ENDINGS[reason.rule];
    if (!kind) return [];
    const { stage, sequence } = parsed;
    return [{ id: String(row.triggeredid), kind, stage, sequence, task: "", reason }];
  });
}

/** What was received and changed nothing, or was denied to a plugin; answers to tasks that an executor asked for are not that. */
function refusals({ events, executions }: Explained): Because[] {
  const seen = events.map(seenOf);
  const own = ownTasks(executions);
  const asked = new Set(
    seen.filter(({ id, type }) => isTaskTriggered(type) && !own.has(id)).map(({ id }) => id),
  );
  return events.flatMap((row) => {
    if (row.origin !== "received" || row.reason === null) return [];
    const reason = JSON.parse(String(row.reason)) as Reason;
    const answers = String(row.triggeredid ?? "");
    if (reason.rule === "not found" && asked.has(answers)) return [];
    const parsed = parseEventType(String(row.type));
    // A plugin's own reason is about the task that it answers.
    const isDenial = reason.rule !== "not found" && parsed.level === "task" && isAnswer(row);
    return [
      {
        id: isDenial ? answers : String(row.id),
        kind: "refused",
        stage: String(row.stage),
        sequence: "",
        task: isDenial ? parsed.task : "",
        reason,
      },
    ];
  });
}

function isAnswer({ principal, triggeredid }: Row): boolean {
  return triggeredid !== null && String(principal).startsWith("plugin:");
}

/** Ids of the tasks that the controller sent. */
function ownTasks(executions: readonly Execution[]): ReadonlySet<string | undefined> {
  return new Set(
    executions.flatMap(({ current, done }) => [current?.id, ...done.map(({ id }) => id)]),
  );
}

function isTaskTriggered(type: string): boolean {
  const parsed = parseEventType(type);
  return parsed.level === "task" && parsed.kind === "triggered";
}

function seenOf(row: Row): SeenEvent {
  return {
    id: String(row.id),
    type: String(row.type),
    triggeredid: String(row.triggeredid ?? ""),
    at: Number(row.at),
  };
}

function reasonField(reason: Reason | null): { reason?: Json } {
  return reason ? { reason: reason as unknown as Json } : {};
}
