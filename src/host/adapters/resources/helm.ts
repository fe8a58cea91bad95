/** Helm charts: archives for clients, folders in git (Keptn: http-api.md 2.3.2). @module */
import { gunzipSync, gzipSync } from "node:zlib";
import { KeptnError } from "../../../spec/errors.ts";
import { splitPath } from "./names.ts";
import { readTar, type TarFile, writeTar } from "./tar.ts";

const ENDING = ".tgz";
/** An archive may not grow beyond this when it is unpacked. */
const LARGEST = 50 * 1024 * 1024;

/** The folder in which a chart is kept, if the path is that of a chart: `helm/carts.tgz`. */
export function chartFolder(path: readonly string[]): string[] | undefined {
  const name = path.at(-1) ?? "";
  if (path.at(-2) !== "helm" || !name.endsWith(ENDING) || name === ENDING) return undefined;
  return [...path.slice(0, -1), name.slice(0, -ENDING.length)];
}

/**
 * Files of a packed chart below its folder; the archive's own top folder is left out.
 *
 * @throws {KeptnError} ERR_FILE_INVALID for what is no chart, ERR_RESOURCE_URI for a path in it that
 *   leaves the chart
 */
export function unpackChart(
  archive: Uint8Array,
  path: string,
): { path: string[]; content: Uint8Array }[] {
  const files = readTar(gunzip(archive, path)).map((file) => ({
    path: splitPath(file.path).slice(1),
    content: file.content,
  }));
  if (files.length > 0 && files.every((file) => file.path.length > 0)) return files;
  throw noChart(path, "it has no files in a folder");
}

/** Packs the files of a chart under a top folder of this name. */
export function packChart(name: string, files: readonly TarFile[]): Uint8Array {
  const named = files.map(({ path, content }) => ({ path: `${name}/${path}`, content }));
  return gzipSync(writeTar(named));
}

function gunzip(archive: Uint8Array, path: string): Uint8Array {
  try {
    return gunzipSync(archive, { maxOutputLength: LARGEST });
  } catch (error) {
    throw noChart(path, error instanceof Error ? error.message : String(error));
  }
}

function noChart(path: string, why: string): KeptnError {
  return new KeptnError(
    "ERR_FILE_INVALID",
    `${path} is no packed Helm chart: ${why}; expected what \`helm package\` writes, at most 50 MB unpacked`,
    { path },
  );
}
