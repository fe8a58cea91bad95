/** Reads of deliveries for clients: views of contexts, executions by filter. @module */
import type { Row, Statement } from "../ports/store.ts";
import { readContext } from "./context_table.ts";
import { and, whereAny, whereEqual, type Where } from "./event_query_table.ts";
import type { SequenceView } from "./state.ts";

/** Keptn's SequenceState (Keptn: http-api.md 7.2). */
export interface SequenceState extends SequenceView {
  readonly state: string;
}

export interface StateFilter {
  readonly project: string;
  readonly name?: string | undefined;
  readonly state?: string | undefined;
  readonly fromTime?: string | undefined;
  readonly beforeTime?: string | undefined;
  readonly contexts?: readonly string[] | undefined;
}
export interface ExecutionFilter {
  readonly project: string;
  readonly stage?: string | undefined;
  readonly service?: string | undefined;
  readonly name?: string | undefined;
  readonly state?: string | undefined;
  readonly context?: string | undefined;
}
interface Page {
  readonly offset: number;
  readonly size?: number;
}

/** Without limit, in SQLite's spelling. */
const ALL = -1;

/** Two statements: how many views there are, and one page of them, newest first. */
export function selectStates(filter: StateFilter, page: Page): Statement[] {
  const { project, name, state, fromTime, beforeTime, contexts } = filter;
  const where = and(
    whereEqual({ project }),
    // A context that is only known from a pause ahead of it has no name yet.
    { parts: [`name <> ''`], args: [] },
    whereEqual({ name, state }),
    ...(fromTime ? [{ parts: ["time > ?"], args: [fromTime] }] : []),
    ...(beforeTime ? [{ parts: ["time < ?"], args: [beforeTime] }] : []),
    ...(contexts ? [whereAny("id", contexts)] : []),
  );
  return counted(
    "context",
    `project, id, version, state, body`,
    where,
    "time DESC, rowid DESC",
    page,
  );
}

export function selectView(project: string, id: string): Statement {
  const text = `SELECT project, id, version, state, body FROM context WHERE project = ? AND id = ?`;
  return { sql: text, args: [project, id] };
}

/** The view of a context as Keptn showed it; null when it has none yet. */
export function readView(row: Row): SequenceState | null {
  const { view } = readContext(row).value;
  if (!view) return null;
  const state = String(row.state);
  const { name, service, project, time, shkeptncontext, problemTitle, stages } = view;
  const title = problemTitle ? { problemTitle } : {};
  return { name, service, project, time, shkeptncontext, state, ...title, stages };
}

/** Two statements: how many executions there are, and one page of them, newest first. */
export function selectExecutions(filter: ExecutionFilter, page: Page): Statement[] {
  const { project, stage, service, name, state, context } = filter;
  const where = whereEqual({ project, stage, service, sequence: name, state, context });
  const columns = `id, project, context, stage, service, sequence, state, phase, place, held, triggered, due, body`;
  return counted("execution", columns, where, "triggered DESC, rowid DESC", page);
}

function counted(
  table: string,
  columns: string,
  where: Where,
  order: string,
  page: Page,
): Statement[] {
  const clause = where.parts.join(" AND ");
  return [
    { sql: `SELECT count(*) AS n FROM ${table} WHERE ${clause}`, args: where.args },
    {
      sql: `SELECT ${columns} FROM ${table} WHERE ${clause} ORDER BY ${order} LIMIT ? OFFSET ?`,
      args: [...where.args, page.size ?? ALL, page.offset],
    },
  ];
}
