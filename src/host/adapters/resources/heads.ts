/** What a repository's branches point at while a batch of writes is put together. @module */
import { KeptnError } from "../../../spec/errors.ts";
import type { Store } from "../../ports/store.ts";
import { type BranchRow, readBranch, selectBranches } from "../../tables/branch_table.ts";

const HEAD = "HEAD";
const REF = "ref: refs/heads/";

/** Branches of one project, as loaded and as changed since. */
export interface Heads {
  readonly project: string;
  /** Absent when there is no repository. */
  readonly defaultBranch: string | undefined;
  /** Branch → commit id. */
  readonly commits: ReadonlyMap<string, string>;
  /** Rows as the store had them. */
  readonly loaded: ReadonlyMap<string, BranchRow>;
}

export async function loadHeads(store: Store, project: string): Promise<Heads> {
  const [rows] = await store.read([selectBranches(project)]);
  const loaded = new Map(rows!.map(readBranch).map((row) => [row.name, row]));
  const commits = new Map<string, string>();
  for (const { name, head } of loaded.values()) if (name !== HEAD) commits.set(name, head);
  return { project, defaultBranch: loaded.get(HEAD)?.head.slice(REF.length), commits, loaded };
}

/** Name and head of the row that names the default branch. */
export function headRow(defaultBranch: string): [name: string, head: string] {
  return [HEAD, REF + defaultBranch];
}

/** Name and commit of the default branch. */
export function defaultOf(heads: Heads): { name: string; commit: string } {
  const name = heads.defaultBranch;
  const commit = name === undefined ? undefined : heads.commits.get(name);
  if (name === undefined || commit === undefined) {
    throw new KeptnError("ERR_PROJECT_UNKNOWN", "Project not found", { project: heads.project });
  }
  return { name, commit };
}

/** The same heads with one branch moved, made (from nothing) or dropped (to null). */
export function withCommit(heads: Heads, branch: string, commit: string | null): Heads {
  const commits = new Map(heads.commits);
  if (commit === null) commits.delete(branch);
  else commits.set(branch, commit);
  return { ...heads, commits };
}
