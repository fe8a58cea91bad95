/** Table `last_event`: the latest event of each type per service. @module */
import type { Row, Statement } from "../ports/store.ts";
import { sql } from "./statement.ts";

export interface LastEventRow {
  readonly project: string;
  readonly stage: string;
  readonly service: string;
  readonly type: string;
  /** Id of the event. */
  readonly event: string;
  readonly context: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly image: string | undefined;
}

const COLUMNS = "project, stage, service, type, event, context, at, image";

export function selectLastEvents(project: string): Statement {
  return sql(`SELECT ${COLUMNS} FROM last_event WHERE project = ?`, project);
}

export function selectAllLastEvents(): Statement {
  return sql(`SELECT ${COLUMNS} FROM last_event`);
}

export function readLastEvent(row: Row): LastEventRow {
  return {
    project: String(row.project),
    stage: String(row.stage),
    service: String(row.service),
    type: String(row.type),
    event: String(row.event),
    context: String(row.context),
    at: Number(row.at),
    image: row.image === null || row.image === undefined ? undefined : String(row.image),
  };
}

export function deleteLastEventsOfService(project: string, service: string): Statement {
  return sql("DELETE FROM last_event WHERE project = ? AND service = ?", project, service);
}
