/** Questions about open executions that the engine itself does not ask. @module */
import type { Statement } from "../ports/store.ts";
import { sql } from "./statement.ts";

const OPEN = `FROM execution WHERE project = ?1 AND open = 1
  AND stage IN (SELECT value FROM json_each(?2))`;

/** A few contexts, with stage, that are open in these stages. */
export function selectOpenContexts(project: string, stages: readonly string[]): Statement {
  const text = `SELECT DISTINCT stage, context ${OPEN} LIMIT 5`;
  return sql(text, project, JSON.stringify(stages));
}

/** Refuses the batch while one of the stages has an open execution. */
export function guardIdleStages(project: string, stages: readonly string[]): Statement {
  const text = `INSERT INTO guard SELECT 1 WHERE EXISTS (SELECT 1 ${OPEN})`;
  return sql(text, project, JSON.stringify(stages));
}
