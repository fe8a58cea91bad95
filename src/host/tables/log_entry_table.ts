/** Table `log_entry`: what integrations want on record. @module */
import type { Row, Statement } from "../ports/store.ts";
import { and, whereEqual } from "./event_query_table.ts";
import { columns, rowsAsJson } from "./statement.ts";

/** Keptn's LogEntry (Keptn: http-api.md 2.2.10); `at` in milliseconds since 1970. */
export interface LogEntry {
  readonly integrationid: string;
  readonly message: string;
  /** As it was given: RFC 3339. */
  readonly time: string;
  readonly shkeptncontext: string;
  readonly task: string;
  readonly triggeredid: string;
  readonly gitcommitid: string;
}
export interface LogFilter {
  readonly integration?: string | undefined;
  /** Both inclusive, in milliseconds. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
}

const INSERT = `INSERT INTO log_entry (integration, at, body)
  SELECT ${columns(3)} FROM json_each(?1)`;

export function insertLogs(entries: readonly LogEntry[]): Statement[] {
  return rowsAsJson(
    INSERT,
    entries.map((entry) => [entry.integrationid, Date.parse(entry.time), JSON.stringify(entry)]),
  );
}

/** Two statements: how many entries there are, and one page of them, newest first. */
export function selectLogs(
  filter: LogFilter,
  page: { readonly offset: number; readonly size?: number },
): Statement[] {
  const { clause, args } = whereLogs(filter);
  return [
    { sql: `SELECT count(*) AS n FROM log_entry ${clause}`, args },
    {
      sql: `SELECT body FROM log_entry ${clause} ORDER BY at DESC, seq DESC LIMIT ? OFFSET ?`,
      args: [...args, page.size ?? -1, page.offset],
    },
  ];
}

export function deleteLogs(filter: LogFilter): Statement {
  const { clause, args } = whereLogs(filter);
  return { sql: `DELETE FROM log_entry ${clause}`, args };
}

export function readLog(row: Row): LogEntry {
  return JSON.parse(String(row.body)) as LogEntry;
}

function whereLogs({ integration, from, until }: LogFilter) {
  const { parts, args } = and(
    whereEqual({ integration }),
    ...(from === undefined ? [] : [{ parts: ["at >= ?"], args: [from] }]),
    ...(until === undefined ? [] : [{ parts: ["at <= ?"], args: [until] }]),
  );
  return { clause: parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`, args };
}
