/** Table `branch`: heads of the project repositories. @module */
import type { Row, Statement } from "../ports/store.ts";
import { sql } from "./statement.ts";

export interface BranchRow {
  readonly name: string;
  /** A commit id; in the row named `HEAD` the full name of the default branch after `ref: `. */
  readonly head: string;
  readonly version: number;
}

export function selectBranches(project: string): Statement {
  return sql("SELECT name, head, version FROM branch WHERE project = ?", project);
}

/** Names of all projects that have a repository. */
export function selectRepositories(): Statement {
  return sql("SELECT DISTINCT project FROM branch");
}

export function readBranch(row: Row): BranchRow {
  return { name: String(row.name), head: String(row.head), version: Number(row.version) };
}

/**
 * Makes or moves branches, given as name and head; each one's version grows by one.
 *
 * Versions of new ones begin at the time of day, so that a branch which is removed and made again
 * never comes back to a version that somebody still remembers.
 */
export function moveBranches(
  project: string,
  moves: readonly (readonly [name: string, head: string])[],
  now: number,
): Statement {
  const text = `INSERT INTO branch (project, name, head, version)
    SELECT ?1, value->>0, value->>1, ?3 FROM json_each(?2) WHERE true
    ON CONFLICT (project, name) DO UPDATE SET head = excluded.head, version = version + 1`;
  return sql(text, project, JSON.stringify(moves), now);
}

export function deleteBranch(project: string, name: string): Statement {
  return sql("DELETE FROM branch WHERE project = ? AND name = ?", project, name);
}

export function deleteBranches(project: string): Statement {
  return sql("DELETE FROM branch WHERE project = ?", project);
}
