/** Removes what the store holds of a project, in writes of bounded size. @module */
import type { Statement, Store } from "../ports/store.ts";
import { deleteProject } from "../tables/project_table.ts";
import { deleteServices } from "../tables/service_table.ts";
import { sql } from "../tables/statement.ts";

const ROWS_PER_WRITE = 500;
/** Tables that grow with use, with the column that finds their rows. */
const LARGE = { event: "seq", execution: "rowid", context: "rowid" } as const;

/** What makes a project unknown; the rest of its rows then belongs to nothing. */
export function deleteIdentity(project: string): Statement[] {
  return [deleteProject(project), deleteServices(project)];
}

/** Removes all rows of a project that does not exist (any more). */
export async function purgeProject(store: Store, project: string): Promise<void> {
  await store.write([
    ...deleteIdentity(project),
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
