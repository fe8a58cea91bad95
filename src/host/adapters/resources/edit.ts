/** What each change of a project writes into its repository. @module */
import { KeptnError } from "../../../spec/errors.ts";
import { parseShipyard } from "../../../spec/shipyard_file.ts";
import { ENTITY_NAME } from "../../../spec/shipyard_rules.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Committed, FileChange, Level } from "../../ports/resources.ts";
import type { Statement } from "../../ports/store.ts";
import { updateShipyard } from "../../tables/project_table.ts";
import { copyServices, deleteServicesOfStage } from "../../tables/service_table.ts";
import { chartFolder, unpackChart } from "./helm.ts";
import { defaultOf, type Heads, withCommit } from "./heads.ts";
import type { Change } from "./landing.ts";
import { hasStageFolders, placeOf, placeOfStage, servicesAt, treeOf } from "./layout.ts";
import { METADATA, projectMetadata, serviceMetadata, stageMetadata } from "./metadata.ts";
import { splitPath, STAGES } from "./names.ts";
import type { Objects, ObjectWriter } from "./objects.ts";
import {
  changeTree,
  findEntry,
  type FolderChange,
  isFolder,
  NewFolder,
  putChange,
} from "./tree.ts";

export interface EditOptions {
  readonly author: { readonly name: string; readonly email: string };
  readonly defaultBranch: string;
  readonly directories: boolean;
  readonly clock: Clock;
  objectsOf(project: string): Objects;
}

type Prepare<T> = Change<T>["prepare"];
type Edit = readonly [path: readonly string[], content: Uint8Array | null | NewFolder];

const SHIPYARD = "shipyard.yaml";
const WRITTEN = "Updated resource";

/** Makes the changes of a project; each one yields what to prepare for its landing. */
export function editing({ author, defaultBranch, directories, clock, objectsOf }: EditOptions) {
  async function commit(
    heads: Heads,
    writer: ObjectWriter,
    branch: string,
    message: string,
    edits: readonly Edit[],
    parent = heads.commits.get(branch),
  ): Promise<Heads> {
    const objects = objectsOf(heads.project);
    const changes: FolderChange = new Map();
    for (const [path, content] of edits) putChange(changes, path, content);
    const older = parent === undefined ? null : await treeOf(objects, parent);
    const tree = await changeTree(objects, writer, older, changes);
    const oid = await writer.commit({
      tree: tree ?? (await writer.tree(new Map())),
      parents: parent === undefined ? [] : [parent],
      message: `${message}\n`,
      author: { ...author, at: clock.now() },
    });
    return withCommit(heads, branch, oid);
  }

  /** Adds a stage that holds the given services. */
  async function addStage(
    heads: Heads,
    writer: ObjectWriter,
    stage: string,
    services: readonly string[],
    folders: boolean,
  ): Promise<Heads> {
    const main = defaultOf(heads);
    if (!folders && stage === main.name) throw stageIsDefault(heads.project, stage);
    const now = clock.now();
    const root = folders ? [STAGES, stage] : [];
    const edits: Edit[] = services.map((service) => [
      [...root, service, METADATA],
      serviceMetadata(service, now),
    ]);
    if (folders) edits.push([[...root, METADATA], stageMetadata(stage, now)]);
    const branch = folders ? main.name : stage;
    return commit(heads, writer, branch, "created stage", edits, main.commit);
  }

  async function allServices(heads: Heads): Promise<string[]> {
    const objects = objectsOf(heads.project);
    const services = new Set<string>();
    for (const stage of await stagesOf(heads)) {
      const place = await placeOfStage(objects, heads, stage);
      if (place) for (const service of await servicesAt(objects, place)) services.add(service);
    }
    return [...services];
  }

  async function stagesOf(heads: Heads): Promise<string[]> {
    const objects = objectsOf(heads.project);
    if (!(await hasStageFolders(objects, heads))) {
      return [...heads.commits.keys()].filter((name) => !name.includes("/"));
    }
    const root = await treeOf(objects, defaultOf(heads).commit);
    const folder = await findEntry(objects, root, [STAGES]);
    return isFolder(folder) ? [...(await objects.tree(folder.oid)).keys()] : [];
  }

  /** Adds the stages that a new shipyard names and the repository lacks. */
  async function followShipyard(
    before: Heads,
    writer: ObjectWriter,
    shipyard: string,
  ): Promise<{ heads: Heads; statements: Statement[] }> {
    const { project } = before;
    const statements = [updateShipyard(project, shipyard)];
    const read = parseShipyard(shipyard);
    let heads = before;
    const folders = await hasStageFolders(objectsOf(project), heads);
    for (const { name } of read.ok ? read.shipyard.stages : []) {
      if (!ENTITY_NAME.test(name)) continue;
      if (await placeOfStage(objectsOf(project), heads, name)) continue;
      heads = await addStage(heads, writer, name, await allServices(heads), folders);
      statements.push(copyServices(project, name, clock.now()));
    }
    return { heads, statements };
  }

  /** Takes a stage away: its branch is kept under another name, its folder in the history. */
  async function removeStage(heads: Heads, writer: ObjectWriter, stage: string): Promise<Heads> {
    const place = await placeOfStage(objectsOf(heads.project), heads, stage);
    if (!place) return heads;
    if (place.folder.length > 0) {
      return commit(heads, writer, place.branch, "removed stage", [[place.folder, null]]);
    }
    const kept = withCommit(heads, `removed/${stage}-${clock.now()}`, place.commit);
    return withCommit(kept, stage, null);
  }

  return {
    createProject(shipyard: string, stages: readonly string[]): Prepare<Committed> {
      return async (before, writer) => {
        const { project } = before;
        if (before.defaultBranch !== undefined) {
          throw new KeptnError("ERR_PROJECT_EXISTS", "Project already exists", { project });
        }
        const metadata = projectMetadata(project, clock.now(), directories);
        let heads: Heads = { ...before, defaultBranch };
        heads = await commit(heads, writer, defaultBranch, "initialized project", [
          [[METADATA], metadata],
        ]);
        for (const stage of stages) heads = await addStage(heads, writer, stage, [], directories);
        heads = await commit(heads, writer, defaultBranch, WRITTEN, [
          [[SHIPYARD], new TextEncoder().encode(shipyard)],
        ]);
        return { heads, value: { commit: defaultOf(heads).commit } };
      };
    },

    createStage(stage: string): Prepare<Committed> {
      return async (before, writer) => {
        const objects = objectsOf(before.project);
        if (await placeOfStage(objects, before, stage)) {
          throw new KeptnError("ERR_STAGE_EXISTS", "Stage already exists", { stage });
        }
        const folders = await hasStageFolders(objects, before);
        const services = await allServices(before);
        const heads = await addStage(before, writer, stage, services, folders);
        const branch = folders ? defaultOf(heads).name : stage;
        return { heads, value: { commit: heads.commits.get(branch)! } };
      };
    },

    createService(service: string, stages: readonly string[]): Prepare<void> {
      return async (before, writer) => {
        const { project } = before;
        let heads = before;
        for (const stage of stages) {
          const objects = objectsOf(project);
          const place = await placeOf(objects, heads, { project, stage });
          const path = [...place.folder, service];
          if (await findEntry(objects, await treeOf(objects, place.commit), path)) {
            throw new KeptnError("ERR_SERVICE_EXISTS", "Service already exists", {
              service,
              stage,
            });
          }
          const file = serviceMetadata(service, clock.now());
          const message = `Added service: ${service}`;
          heads = await commit(heads, writer, place.branch, message, [[[...path, METADATA], file]]);
        }
        return { heads, value: undefined };
      };
    },

    /** A stage that lacks the folder is passed over (Keptn: orchestration.md 19.5). */
    deleteService(service: string, stages: readonly string[]): Prepare<void> {
      return async (before, writer) => {
        const { project } = before;
        let heads = before;
        for (const stage of stages) {
          const objects = objectsOf(project);
          const place = await placeOf(objects, heads, { project, stage });
          const path = [...place.folder, service];
          const root = await treeOf(objects, place.commit);
          if (!isFolder(await findEntry(objects, root, path))) continue;
          const message = `Removed service: ${service}`;
          heads = await commit(heads, writer, place.branch, message, [[path, null]]);
        }
        return { heads, value: undefined };
      };
    },

    write(level: Level, changes: readonly FileChange[], message: string): Prepare<Committed> {
      return async (before, writer) => {
        const place = await placeOf(objectsOf(before.project), before, level);
        const objects = objectsOf(before.project);
        const root = await treeOf(objects, place.commit);
        const edits: Edit[] = [];
        for (const change of changes) {
          const path = [...place.folder, ...splitPath(change.path)];
          const folder = chartFolder(path);
          const isPlain = !folder || (await findEntry(objects, root, path)) !== null;
          edits.push(isPlain ? [path, change.content] : [folder, chartContent(change)]);
        }
        const heads = await commit(before, writer, place.branch, message || WRITTEN, edits);
        const value = { commit: heads.commits.get(place.branch)! };
        const shipyard = level.stage === undefined ? shipyardIn(edits) : undefined;
        if (shipyard === undefined) return { heads, value };
        return { ...(await followShipyard(heads, writer, shipyard)), value };
      };
    },

    updateShipyard(shipyard: string, removed: readonly string[]): Prepare<Committed> {
      return async (before, writer) => {
        const { project } = before;
        const file: Edit = [[SHIPYARD], new TextEncoder().encode(shipyard)];
        let heads = await commit(before, writer, defaultOf(before).name, WRITTEN, [file]);
        for (const stage of removed) heads = await removeStage(heads, writer, stage);
        const followed = await followShipyard(heads, writer, shipyard);
        const value = { commit: defaultOf(followed.heads).commit };
        const gone = removed.map((stage) => deleteServicesOfStage(project, stage));
        return { ...followed, value, statements: [...gone, ...followed.statements] };
      };
    },
  };
}

/** A chart is kept unpacked, so that git shows what changes in it. */
function chartContent({ path, content }: FileChange): NewFolder | null {
  if (!content) return null;
  const folder = new NewFolder();
  for (const file of unpackChart(content, path)) putChange(folder, file.path, file.content);
  return folder;
}

/** Text of the shipyard among the changes; empty when they remove it, undefined without one. */
function shipyardIn(edits: readonly Edit[]): string | undefined {
  const edit = edits.findLast(([path]) => path.length === 1 && path[0] === SHIPYARD);
  const content = edit?.[1];
  return edit && new TextDecoder().decode(content instanceof Uint8Array ? content : undefined);
}

function stageIsDefault(project: string, stage: string): KeptnError {
  return new KeptnError(
    "ERR_SHIPYARD_INVALID",
    `stage ${stage} of project ${project} has the name of the repository's default branch: ` +
      "rename the stage, or set DEFAULT_REMOTE_GIT_BRANCH to another name",
    { project, stage },
  );
}
