/** What names and paths of resources may look like. @module */
import { KeptnError } from "../../../spec/errors.ts";
import type { Level } from "../../ports/resources.ts";

const CONTROL = /[\u0000-\u001f\u007f]/;
/** Names that git would take for its own folder, on any file system. */
const GIT_FOLDER = /^\.git[. ]*$/i;
/** Folder that holds the stages in the directory layout. */
export const STAGES = ".keptn-stages";

/**
 * Checks the names of a level.
 *
 * @throws {KeptnError} ERR_NAME_INVALID (Keptn: http-api.md 0.6, 2.3.3)
 */
export function checkLevel(level: Level): void {
  for (const [kind, name] of Object.entries(level)) {
    if (name === undefined) continue;
    const why = nameProblem(name);
    if (why) throw new KeptnError("ERR_NAME_INVALID", `${why}: ${kind} "${name}"`, { kind, name });
  }
}

function nameProblem(name: string): string | undefined {
  if (name === "") return "name must not be empty";
  if (/\s/.test(name)) return "name must not contain whitespaces";
  if (name.includes("/")) return "name must not contain '/'";
  if (name === "." || name === ".." || name === STAGES || CONTROL.test(name)) {
    return "name must be a plain folder name";
  }
  return GIT_FOLDER.test(name) ? "name must not be git's own folder" : undefined;
}

/**
 * Splits a resource path into its names; leading and doubled slashes mean nothing.
 *
 * @throws {KeptnError} ERR_RESOURCE_URI for what would leave the level or enter git's own folder
 */
export function splitPath(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  const why = pathProblem(path, names);
  if (why) {
    const message = `invalid resource uri: "${path}" ${why}; expected a path such as helm/values.yaml`;
    throw new KeptnError("ERR_RESOURCE_URI", message, { path });
  }
  return names;
}

function pathProblem(path: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return "names no file";
  if (path.includes("..")) return 'contains ".."';
  if (path.includes("~")) return 'contains "~"';
  if (CONTROL.test(path)) return "contains a control character";
  if (path.includes("\\")) return "contains a backslash";
  if (names.some((name) => GIT_FOLDER.test(name))) return "leads into git's own folder";
  return names[0] === STAGES ? "leads into the folder of the stages" : undefined;
}

/** Names that listings leave out (Keptn: ux.md 5.2, trap 6). */
export function isHidden(name: string): boolean {
  return name.includes(".git") || name === STAGES;
}
