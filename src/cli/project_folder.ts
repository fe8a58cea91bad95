/** A project as files in a folder, and what each file is to the host. @module */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { KeptnError } from "../spec/errors.ts";
import { parseShipyard, validateShipyard } from "../spec/shipyard_file.ts";
import type { Shipyard } from "../spec/shipyard.ts";
import { validateFile } from "../spec/validate.ts";

export interface ProjectFile {
  /** Absent at project level. */
  readonly stage?: string;
  /** Absent at stage level. */
  readonly service?: string;
  /** Path at its level. */
  readonly uri: string;
  readonly content: Buffer;
}
export interface ProjectFolder {
  readonly project: string;
  readonly shipyard: string;
  readonly stages: readonly string[];
  readonly services: readonly string[];
  readonly files: readonly ProjectFile[];
  /** `file:line:column message`, of things that will not work as they look. */
  readonly warnings: readonly string[];
}

/** Files that make a folder below a stage a service. */
const SERVICE_FILES = ["metadata.yaml", "slo.yaml", "remediation.yaml"];
const SHIPYARD = "shipyard.yaml";
const SERVICES = "services";

/**
 * Reads a folder:
 *
 * - `shipyard.yaml` names the stages; `metadata.name` is the project unless one is given
 * - `services/SERVICE/PATH` goes to that service in every stage
 * - `STAGE/PATH` goes to that stage, `STAGE/SERVICE/PATH` to that service there
 * - every other file goes to the project; names that begin with a dot are left out
 *
 * @throws {KeptnError} ERR_SHIPYARD_INVALID or ERR_FILE_INVALID, with file and line
 */
export async function readProjectFolder(
  folder: string,
  project: string | undefined,
): Promise<ProjectFolder> {
  const paths = await pathsBelow(folder);
  if (!paths.includes(SHIPYARD)) {
    const message = `${folder} has no ${SHIPYARD}: periplus init ${folder} writes a first one`;
    throw new KeptnError("ERR_FILE_INVALID", message);
  }
  const text = await readFile(join(folder, SHIPYARD), "utf8");
  const shipyard = shipyardOf(join(folder, SHIPYARD), text);
  const stages = shipyard.stages.map(({ name }) => name);
  const services = servicesIn(paths, stages);
  const files: ProjectFile[] = [];
  for (const path of paths) {
    if (path === SHIPYARD) continue;
    const content = await readFile(join(folder, path));
    files.push(...placesOf(path, stages, services).map((place) => ({ ...place, content })));
  }
  return {
    project: project ?? (shipyard.name.replace(/^shipyard-/, "") || folderName(folder)),
    shipyard: text,
    stages,
    services,
    files,
    warnings: await checkFiles(folder, paths),
  };
}

function shipyardOf(path: string, text: string): Shipyard {
  const checked = validateShipyard(text);
  const read = parseShipyard(text);
  if (checked.ok && read.ok) return read.shipyard;
  const problems = checked.ok ? [] : checked.problems;
  const lines = problems.map(({ line, column, message }) => `${path}:${line}:${column} ${message}`);
  throw new KeptnError("ERR_SHIPYARD_INVALID", lines.join("\n"));
}

function servicesIn(paths: readonly string[], stages: readonly string[]): string[] {
  const found = paths.flatMap((path) => {
    const [first, second, third, ...rest] = path.split("/");
    if (first === SERVICES && third !== undefined) return [second!];
    const marks = third !== undefined && rest.length === 0 && SERVICE_FILES.includes(third);
    return stages.includes(first!) && marks ? [second!] : [];
  });
  return [...new Set(found)].toSorted();
}

function placesOf(
  path: string,
  stages: readonly string[],
  services: readonly string[],
): Omit<ProjectFile, "content">[] {
  const [first = "", second = "", ...rest] = path.split("/");
  if (first === SERVICES && rest.length > 0) {
    return stages.map((stage) => ({ stage, service: second, uri: rest.join("/") }));
  }
  if (!stages.includes(first) || second === "") return [{ uri: path }];
  if (services.includes(second) && rest.length > 0) {
    return [{ stage: first, service: second, uri: rest.join("/") }];
  }
  return [{ stage: first, uri: [second, ...rest].join("/") }];
}

/** Faults of files whose kind is known end it; the warnings of the others come back. */
async function checkFiles(folder: string, paths: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  const warnings: string[] = [];
  for (const path of paths.filter((one) => /\.(ya?ml|json)$/.test(one))) {
    const text = await readFile(join(folder, path), "utf8");
    const { kind, problems, warnings: notes } = validateFile(text, path);
    if (kind === undefined) continue;
    const line = (note: (typeof problems)[number]): string =>
      `${join(folder, path)}:${note.line}:${note.column} ${note.message}`;
    faults.push(...problems.map(line));
    warnings.push(...notes.map(line));
  }
  if (faults.length > 0) throw new KeptnError("ERR_FILE_INVALID", faults.join("\n"));
  return warnings;
}

/** With slashes, sorted; what begins with a dot belongs to tools. */
async function pathsBelow(folder: string): Promise<string[]> {
  const info = await stat(folder).catch(() => undefined);
  if (!info?.isDirectory()) throw new KeptnError("ERR_FILE_INVALID", `${folder} is no folder`);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter(
      (path) => !path.split("/").some((name) => name.startsWith(".") || name === "node_modules"),
    )
    .toSorted();
}

function folderName(folder: string): string {
  return folder.split(sep).findLast((name) => name !== "" && name !== ".") ?? "project";
}
