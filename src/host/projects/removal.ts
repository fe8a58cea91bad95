/** Removes what the store holds of a project, in writes of bounded size. @module */
import type { Statement, Store } from "../ports/store.ts";
import { deleteProject } from "../tables/project_table.ts";
import { deleteServices } from "../tables/service_table.ts";
import { sql } from "../tables/statement.ts";

const ROWS_PER_WRITE = 500;
/**
 * Tables that grow with use, with the column that finds their rows; what refers to others goes first,
 * so that a late answer never finds a context whose executions are gone.
 */
const LARGE = { context: "rowid", execution: "rowid", event: "seq" } as const;

const MARK = "removing/";

/** What makes a project unknown, and the mark by which a host goes on after a crash. */
export function beginRemoval(project: string, principal: string): Statement[] {
  return [
    deleteProject(project),
    deleteServices(project),
    sql("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", MARK + project, principal),
  ];
}

export function endRemoval(project: string): Statement {
  return sql("DELETE FROM meta WHERE key = ?", MARK + project);
}

/** Removals that were begun and not ended. */
export async function openRemovals(
  store: Store,
): Promise<{ readonly project: string; readonly principal: string }[]> {
  // The range is all keys that begin with the mark: "0" follows "/".
  const range = sql("SELECT key, value FROM meta WHERE key >= ? AND key < 'removing0'", MARK);
  const [rows] = await store.read([range]);
  return rows!.map(({ key, value }) => ({
    project: String(key).slice(MARK.length),
    principal: String(value),
  }));
}

/** Removes all rows of a project that does not exist (any more). */
export async function purgeProject(store: Store, project: string): Promise<void> {
  await store.write([
    deleteServices(project),
    sql("DELETE FROM last_event WHERE project = ?", project),
    sql("DELETE FROM slot WHERE project = ?", project),
  ]);
  for (const [table, key] of Object.entries(LARGE)) {
    const chosen = `SELECT ${key} FROM ${table} WHERE project = ? LIMIT ${ROWS_PER_WRITE}`;
    const statement = sql(`DELETE FROM ${table} WHERE ${key} IN (${chosen})`, project);
    let removed = ROWS_PER_WRITE;
    while (removed === ROWS_PER_WRITE) {
      const [written] = await store.write([statement]);
      removed = written!.rowsAffected;
    }
  }
}
