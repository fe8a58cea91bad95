/** Resources in ordinary git repositories, one per project. @module */
import { KeptnError } from "../../../spec/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Level, Resources } from "../../ports/resources.ts";
import type { Store } from "../../ports/store.ts";
import { deleteBranches, selectRepositories } from "../../tables/branch_table.ts";
import { createCache } from "./cache.ts";
import { dumbFile } from "./dumb.ts";
import { editing } from "./edit.ts";
import type { GitFiles } from "./files.ts";
import { defaultOf, type Heads, loadHeads } from "./heads.ts";
import { chartFolder, packChart } from "./helm.ts";
import { createLanding } from "./landing.ts";
import { placeOf, placeOfStage, treeOf } from "./layout.ts";
import { checkLevel, isHidden, splitPath } from "./names.ts";
import { type GitObject, type Objects, openObjects } from "./objects.ts";
import { projectRefs, repairRefs } from "./refs.ts";
import { repairObjects } from "./repair.ts";
import type { TarFile } from "./tar.ts";
import { findEntry, isFile, isFolder, walk } from "./tree.ts";

export interface GitResourcesOptions {
  readonly store: Store;
  readonly files: GitFiles;
  readonly clock: Clock;
  readonly log: Log;
  /** GIT_KEPTN_USER and GIT_KEPTN_EMAIL. */
  readonly author?: { readonly name: string; readonly email: string };
  /** DEFAULT_REMOTE_GIT_BRANCH, for new projects. */
  readonly defaultBranch?: string;
  /** DIRECTORY_STAGE_STRUCTURE, for new projects: a folder per stage instead of a branch. */
  readonly directories?: boolean;
}

export interface GitResources extends Resources {
  /**
   * Removes what a crash left: incomplete and damaged objects, refs that differ from the store,
   * repositories of projects that are gone. Not needed before reading and writing.
   */
  repair(): Promise<void>;
}

const CACHE_BYTES = 16 * 1024 * 1024;
const COMMIT = /^[0-9a-f]{40}$/;

/** Opens the repositories below `files`; heads are rows of `store`. */
export function createGitResources(options: GitResourcesOptions): GitResources {
  const { store, files, clock, log } = options;
  const cache = createCache<GitObject>(CACHE_BYTES);
  const opened = new Map<string, Objects>();
  let scopes = 0;

  function objectsOf(project: string): Objects {
    let objects = opened.get(project);
    if (!objects) {
      const scope = String(++scopes);
      objects = openObjects({ files, gitdir: gitdirOf(project), cache, scope });
      opened.set(project, objects);
    }
    return objects;
  }

  const landing = createLanding({
    store,
    clock,
    begin: (project) => objectsOf(project).begin(),
    moved: (before, after) =>
      // The commit stands already; `repair` projects it at the next start.
      projectRefs(files, gitdirOf(after.project), before, after).catch((error: unknown) => {
        log("warn", `the refs of project ${after.project} on disk are behind`, { error });
      }),
  });
  const edit = editing({
    author: options.author ?? { name: "keptn", email: "keptn@keptn.sh" },
    defaultBranch: options.defaultBranch ?? "master",
    directories: options.directories ?? false,
    clock,
    objectsOf,
  });

  async function heads(level: Level): Promise<Heads> {
    checkLevel(level);
    return loadHeads(store, level.project);
  }
  async function dropFiles(project: string): Promise<void> {
    opened.delete(project);
    await files.remove(gitdirOf(project));
  }

  return {
    async createProject(project, shipyard, stages, along = []) {
      checkLevel({ project });
      await landing.alone(project, async () => {
        if ((await loadHeads(store, project)).defaultBranch === undefined) await dropFiles(project);
      });
      return landing.land(project, { prepare: edit.createProject(shipyard, stages), along });
    },

    async deleteProject(project, along = []) {
      checkLevel({ project });
      await landing.alone(project, async () => {
        await store.write([deleteBranches(project), ...along]);
        await dropFiles(project);
      });
    },

    async createStage(project, stage) {
      checkLevel({ project, stage });
      return landing.land(project, { prepare: edit.createStage(stage), along: [] });
    },

    async createService(project, service, stages, along = []) {
      checkLevel({ project, service });
      await landing.land(project, { prepare: edit.createService(service, stages), along });
    },

    async deleteService(project, service, stages, along = []) {
      checkLevel({ project, service });
      await landing.land(project, { prepare: edit.deleteService(service, stages), along });
    },

    async write(level, changes, message, along = []) {
      checkLevel(level);
      return landing.land(level.project, { prepare: edit.write(level, changes, message), along });
    },

    async updateShipyard(project, shipyard, removed, along = []) {
      checkLevel({ project });
      return landing.land(project, { prepare: edit.updateShipyard(shipyard, removed), along });
    },

    async read(level, path, commit) {
      const names = splitPath(path);
      const known = await heads(level);
      const objects = objectsOf(level.project);
      const place = await placeOf(objects, known, level);
      const wanted = commit ?? place.commit;
      const tree = COMMIT.test(wanted) ? await objects.treeOf(wanted) : null;
      if (tree === null) throw unknownCommit(level.project, wanted);
      const content = await contentAt(objects, tree, [...place.folder, ...names]);
      if (!content) {
        throw new KeptnError("ERR_RESOURCE_UNKNOWN", "Resource not found", { ...level, path });
      }
      return { content, commit: wanted };
    },

    async list(level) {
      const known = await heads(level);
      const objects = objectsOf(level.project);
      const { commit, folder } = await placeOf(objects, known, level);
      const root = await findEntry(objects, await treeOf(objects, commit), folder);
      const paths = isFolder(root) ? await walk(objects, root.oid, isHidden) : [];
      return { paths, commit };
    },

    async head(project, stage) {
      const known = await heads({ project, ...(stage === undefined ? {} : { stage }) });
      if (known.defaultBranch === undefined) return null;
      if (stage === undefined) return defaultOf(known).commit;
      return (await placeOfStage(objectsOf(project), known, stage))?.commit ?? null;
    },

    async gitFile(project, path) {
      const known = await heads({ project });
      return known.defaultBranch === undefined
        ? null
        : dumbFile(files, gitdirOf(project), known, path);
    },

    async repair() {
      const [rows] = await store.read([selectRepositories()]);
      const projects = new Set(rows!.map((row) => String(row.project)));
      for (const name of await files.list("")) {
        if (name.endsWith(".git")) projects.add(name.slice(0, -".git".length));
      }
      for (const project of projects) {
        await landing.alone(project, async () => {
          const known = await loadHeads(store, project);
          if (known.defaultBranch === undefined) return dropFiles(project);
          const removed = await repairObjects(files, gitdirOf(project));
          if (removed.length > 0) {
            log("warn", `damaged objects of project ${project} were removed`, { removed });
          }
          await repairRefs(files, gitdirOf(project), known);
        });
      }
    },
  };
}

/** Folder of a project's repository below the folder of all repositories. */
export function gitdirOf(project: string): string {
  return `${project}.git`;
}

/** Content of a file; a chart that is kept as a folder comes packed. */
async function contentAt(
  objects: Objects,
  root: string,
  path: readonly string[],
): Promise<Uint8Array | null> {
  const entry = await findEntry(objects, root, path);
  if (isFile(entry)) return objects.blob(entry.oid);
  const folder = chartFolder(path);
  const chart = folder ? await findEntry(objects, root, folder) : null;
  if (!folder || !isFolder(chart)) return null;
  const files: TarFile[] = [];
  for (const name of await walk(objects, chart.oid, () => false)) {
    const file = await findEntry(objects, chart.oid, name.split("/"));
    if (file) files.push({ path: name, content: await objects.blob(file.oid) });
  }
  return packChart(folder.at(-1)!, files);
}

function unknownCommit(project: string, commit: string): KeptnError {
  const shown = commit.slice(0, 60);
  return new KeptnError(
    "ERR_COMMIT_UNKNOWN",
    `project ${project} has no commit ${shown}: expected the full id of one of its commits`,
    { project, commit: shown },
  );
}
