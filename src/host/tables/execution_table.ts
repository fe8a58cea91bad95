/** Table `execution`: the passes of sequences, and what their slots know of them. @module */
import { dataOf, type KeptnEvent } from "../../spec/event.ts";
import type { JsonObject } from "../../spec/json.ts";
import { mergeData } from "../../spec/payload.ts";
import type { Row, Statement } from "../ports/store.ts";
import {
  type Answer,
  type CurrentTask,
  type DoneTask,
  type Execution,
  type ExecutionState,
  isOver,
  type Phase,
  type Slot,
  type SlotMember,
} from "./state.ts";
import { columns, rowsAsJson, sql } from "./statement.ts";

type KeptAnswer = Omit<Answer, "data">;
interface KeptBody extends Pick<Execution, "tasks" | "commit" | "notes"> {
  readonly before?: ExecutionState;
  readonly done: readonly (Omit<DoneTask, "data" | "answers"> & {
    readonly answers: readonly KeptAnswer[];
  })[];
  readonly current?: Omit<CurrentTask, "answers"> & { readonly answers: readonly KeptAnswer[] };
}

const UPSERT = `INSERT INTO execution
  (id, project, context, stage, service, sequence, state, open, phase, place, held, triggered, due, body)
  SELECT ${columns(14)} FROM json_each(?1) WHERE true
  ON CONFLICT (id) DO UPDATE SET state = excluded.state, open = excluded.open, phase = excluded.phase,
    held = excluded.held, due = excluded.due, body = excluded.body`;

/** Writes executions; data of events is left out, it stands in the log already. */
export function upsertExecutions(executions: readonly Execution[]): Statement[] {
  return rowsAsJson(
    UPSERT,
    executions.map((e) => [
      e.id,
      e.project,
      e.context,
      e.stage,
      e.service,
      e.sequence,
      e.state,
      isOver(e.state) ? 0 : 1,
      e.phase,
      e.place,
      e.held,
      e.triggered,
      e.due,
      JSON.stringify(keptBody(e)),
    ]),
  );
}

const ROW = `id, project, context, stage, service, sequence, state, phase, place, held, triggered, due, body`;

export function selectExecution(id: string): Statement {
  return sql(`SELECT ${ROW} FROM execution WHERE id = ?`, id);
}

/** All executions of a context, in order of creation. */
export function selectExecutionsOf(project: string, context: string): Statement {
  return sql(
    `SELECT ${ROW} FROM execution WHERE project = ? AND context = ? ORDER BY triggered, rowid`,
    project,
    context,
  );
}

export function selectMembers(slot: Slot): Statement {
  return sql(
    `SELECT id, context, phase, place, held FROM execution
     WHERE project = ? AND stage = ? AND service = ? AND open = 1 ORDER BY place`,
    slot.project,
    slot.stage,
    slot.service,
  );
}

export function selectDue(until: number, limit: number): Statement {
  return sql(
    `SELECT id, project, context, due FROM execution WHERE due IS NOT NULL AND due <= ? ORDER BY due, place LIMIT ?`,
    until,
    limit,
  );
}

export function selectNextDue(): Statement {
  return sql(`SELECT min(due) AS due FROM execution WHERE due IS NOT NULL`);
}

export function readMember(row: Row): SlotMember {
  return {
    id: String(row.id),
    context: String(row.context),
    phase: String(row.phase) as Phase,
    place: Number(row.place),
    held: Number(row.held),
  };
}

/** Ids of the events that a row's execution needs besides itself. */
export function eventsOf(row: Row): string[] {
  const body = JSON.parse(String(row.body)) as KeptBody;
  const answers = [...body.done.flatMap((task) => task.answers), ...(body.current?.answers ?? [])];
  const finished = answers
    .filter((answer) => answer.kind === "finished")
    .map((answer) => answer.id);
  return [String(row.id), ...finished];
}

/** Reads an execution; `events` holds what {@link eventsOf} named. */
export function readExecution(row: Row, events: ReadonlyMap<string, KeptnEvent>): Execution {
  const { done, current, ...body } = JSON.parse(String(row.body)) as KeptBody;
  const whole = (answer: KeptAnswer): Answer => ({ ...answer, data: dataIn(events, answer.id) });
  const trigger = events.get(String(row.id));
  if (!trigger) throw new Error(`the log lacks the trigger ${String(row.id)} of an execution`);
  return {
    ...readMember(row),
    project: String(row.project),
    stage: String(row.stage),
    service: String(row.service),
    sequence: String(row.sequence),
    state: String(row.state) as ExecutionState,
    triggered: Number(row.triggered),
    due: row.due === null ? null : Number(row.due),
    ...body,
    trigger,
    done: done.map((task) => {
      const answers = task.answers.map(whole);
      return { ...task, answers, data: mergedAnswers(answers) };
    }),
    ...(current ? { current: { ...current, answers: current.answers.map(whole) } } : {}),
  };
}

/** Data of the finished answers, merged in the order in which they came (Keptn: orchestration.md 10.3). */
export function mergedAnswers(answers: readonly Answer[]): JsonObject {
  const finished = answers.filter((answer) => answer.kind === "finished");
  return finished.reduce<JsonObject>((merged, answer) => mergeData(merged, answer.data), {});
}

function keptBody(execution: Execution): KeptBody {
  const { tasks, commit, notes, before, done, current } = execution;
  return {
    tasks,
    commit,
    notes,
    ...(before ? { before } : {}),
    done: done.map(({ name, id, result, status, answers }) => {
      return { name, id, result, status, answers: answers.map(withoutData) };
    }),
    ...(current ? { current: { ...current, answers: current.answers.map(withoutData) } } : {}),
  };
}

function withoutData({ data: _, ...kept }: Answer): KeptAnswer {
  return kept;
}

function dataIn(events: ReadonlyMap<string, KeptnEvent>, id: string): JsonObject {
  const event = events.get(id);
  return event ? dataOf(event) : {};
}
