/** Guards: what a decision read must still be so when it is written (design D4). @module */
import type { Statement } from "../ports/store.ts";
import { sql } from "./statement.ts";

/** A row that a decision read: its table, its key, its version then (0 = there was none). */
export type Guard =
  | {
      readonly table: "context";
      readonly key: readonly [project: string, id: string];
      readonly version: number;
    }
  | {
      readonly table: "slot";
      readonly key: readonly [project: string, stage: string, service: string];
      readonly version: number;
    }
  | { readonly table: "project"; readonly key: readonly [name: string]; readonly version: number }
  | {
      readonly table: "branch";
      readonly key: readonly [project: string, name: string];
      readonly version: number;
    };

const KEYS = {
  context: ["project", "id"],
  slot: ["project", "stage", "service"],
  project: ["name"],
  branch: ["project", "name"],
} as const;

const violated = Object.entries(KEYS).map(([table, key], index) => {
  const on = key.map((column, at) => `t.${column} = g.value->>${at}`).join(" AND ");
  const stale = `coalesce(t.version, 0) <> g.value->>${key.length}`;
  return `EXISTS (SELECT 1 FROM json_each(?${index + 1}) g LEFT JOIN ${table} t ON ${on} WHERE ${stale})`;
});

/** Writes nothing while every row has its version; else aborts the batch. */
const GUARD = `INSERT INTO guard SELECT 1 WHERE ${violated.join(" OR ")}`;

/** One statement that holds all guards of a batch. */
export function guardAll(guards: readonly Guard[]): Statement {
  const rows = Object.keys(KEYS).map((table) =>
    JSON.stringify(guards.filter((g) => g.table === table).map((g) => [...g.key, g.version])),
  );
  return sql(GUARD, ...rows);
}

/** The versions that the guarded rows have now, in the order of `guards`. */
export function selectVersions(guards: readonly Guard[]): Statement[] {
  return guards.map(({ table, key }) => {
    const where = KEYS[table].map((column) => `${column} = ?`).join(" AND ");
    return sql(`SELECT version FROM ${table} WHERE ${where}`, ...key);
  });
}
