/** Table `service`: the services of each stage. @module */
import type { Row, Statement } from "../ports/store.ts";
import { sql } from "./statement.ts";

export interface ServiceRow {
  readonly project: string;
  readonly stage: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
}

/** Refuses the batch when one of the stages has the service. */
export function insertService(
  project: string,
  name: string,
  stages: readonly string[],
  created: number,
): Statement {
  const text = `INSERT INTO service (project, stage, name, created)
    SELECT ?1, value, ?2, ?3 FROM json_each(?4)`;
  return sql(text, project, name, created, JSON.stringify(stages));
}

/** Gives a stage the services that the other stages have. */
export function copyServices(project: string, stage: string, created: number): Statement {
  const text = `INSERT OR IGNORE INTO service (project, stage, name, created)
    SELECT DISTINCT project, ?2, name, ?3 FROM service WHERE project = ?1`;
  return sql(text, project, stage, created);
}

export function deleteService(project: string, name: string): Statement {
  return sql("DELETE FROM service WHERE project = ? AND name = ?", project, name);
}

export function deleteServicesOfStage(project: string, stage: string): Statement {
  return sql("DELETE FROM service WHERE project = ? AND stage = ?", project, stage);
}

export function deleteServices(project: string): Statement {
  return sql("DELETE FROM service WHERE project = ?", project);
}

const COLUMNS = "project, stage, name, created";

export function selectServices(project: string): Statement {
  return sql(`SELECT ${COLUMNS} FROM service WHERE project = ? ORDER BY stage, name`, project);
}

export function selectAllServices(): Statement {
  return sql(`SELECT ${COLUMNS} FROM service ORDER BY project, stage, name`);
}

export function readService(row: Row): ServiceRow {
  return {
    project: String(row.project),
    stage: String(row.stage),
    name: String(row.name),
    created: Number(row.created),
  };
}
