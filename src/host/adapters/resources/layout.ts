/** Where the levels stand in a repository: a branch or a folder per stage (Keptn: ux.md 5.2). @module */
import { KeptnError } from "../../../spec/errors.ts";
import type { Level } from "../../ports/resources.ts";
import { defaultOf, type Heads } from "./heads.ts";
import { METADATA } from "./metadata.ts";
import { STAGES } from "./names.ts";
import type { Objects } from "./objects.ts";
import { findEntry, isFile, isFolder } from "./tree.ts";

export interface Place {
  readonly branch: string;
  /** Head commit of the branch. */
  readonly commit: string;
  /** Folder of the level in it. */
  readonly folder: readonly string[];
}

/** Tells whether the stages of a repository are folders: by what it holds, whatever was configured. */
export async function hasStageFolders(objects: Objects, heads: Heads): Promise<boolean> {
  const root = await treeOf(objects, defaultOf(heads).commit);
  return isFolder(await findEntry(objects, root, [STAGES]));
}

/**
 * Finds the place of a level at the head.
 *
 * @throws {KeptnError} ERR_PROJECT_UNKNOWN, ERR_STAGE_UNKNOWN, ERR_SERVICE_UNKNOWN
 */
export async function placeOf(objects: Objects, heads: Heads, level: Level): Promise<Place> {
  const { project, stage, service } = level;
  const main = defaultOf(heads);
  if (stage === undefined) return { branch: main.name, commit: main.commit, folder: [] };
  const place = await placeOfStage(objects, heads, stage);
  if (!place) throw new KeptnError("ERR_STAGE_UNKNOWN", "Stage not found", { project, stage });
  if (service === undefined) return place;
  const folder = [...place.folder, service];
  const root = await treeOf(objects, place.commit);
  if (isFolder(await findEntry(objects, root, folder))) return { ...place, folder };
  throw new KeptnError("ERR_SERVICE_UNKNOWN", "Service not found", { project, stage, service });
}

/** The place of a stage, or null when it does not exist. */
export async function placeOfStage(
  objects: Objects,
  heads: Heads,
  stage: string,
): Promise<Place | null> {
  const main = defaultOf(heads);
  if (await hasStageFolders(objects, heads)) {
    const folder = [STAGES, stage];
    const root = await treeOf(objects, main.commit);
    const exists = isFolder(await findEntry(objects, root, folder));
    return exists ? { branch: main.name, commit: main.commit, folder } : null;
  }
  const commit = stage === main.name ? undefined : heads.commits.get(stage);
  return commit === undefined ? null : { branch: stage, commit, folder: [] };
}

/** Names of the services in a stage: folders that hold a `metadata.yaml`. */
export async function servicesAt(objects: Objects, place: Place): Promise<string[]> {
  const root = await treeOf(objects, place.commit);
  const folder = await findEntry(objects, root, place.folder);
  if (!isFolder(folder)) return [];
  const services: string[] = [];
  for (const [name, entry] of await objects.tree(folder.oid)) {
    if (isFolder(entry) && isFile(await findEntry(objects, entry.oid, [METADATA]))) {
      services.push(name);
    }
  }
  return services;
}

/** The tree of a head commit, which has to exist. */
export async function treeOf(objects: Objects, commit: string): Promise<string> {
  const tree = await objects.treeOf(commit);
  if (tree === null) {
    throw new KeptnError("ERR_INVARIANT", `commit ${commit} is missing in the repository`, {
      commit,
    });
  }
  return tree;
}
