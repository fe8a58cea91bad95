/** Table `context`: one row per delivery. @module */
import type { Row, Statement } from "../ports/store.ts";
import type { Context } from "./state.ts";
import { columns, rowsAsJson, sql } from "./statement.ts";

/** A kept value and the version that guards it; 0 = no row yet. */
export interface Versioned<T> {
  readonly version: number;
  readonly value: T;
}

const UPSERT = `INSERT INTO context (project, id, version, name, service, time, state, body)
  SELECT ${columns(8)} FROM json_each(?1) WHERE true
  ON CONFLICT (project, id) DO UPDATE SET version = excluded.version, name = excluded.name,
    service = excluded.service, time = excluded.time, state = excluded.state, body = excluded.body`;

export function upsertContexts(
  contexts: readonly (Versioned<Context> & { readonly state: string })[],
): Statement[] {
  return rowsAsJson(
    UPSERT,
    contexts.map(({ version, value, state }) => {
      const { project, id, view, ...rest } = value;
      const body = JSON.stringify({ view, ...rest });
      return [
        project,
        id,
        version,
        view?.name ?? "",
        view?.service ?? "",
        view?.time ?? "",
        state,
        body,
      ];
    }),
  );
}

export function selectContext(project: string, id: string): Statement {
  return sql(
    `SELECT project, id, version, body FROM context WHERE project = ? AND id = ?`,
    project,
    id,
  );
}

/** Reads a row with the columns project, id, version and body. */
export function readContext(row: Row): Versioned<Context> {
  const rest = JSON.parse(String(row.body)) as Omit<Context, "project" | "id">;
  return {
    version: Number(row.version),
    value: { project: String(row.project), id: String(row.id), ...rest },
  };
}
