/** Tells whether the sources changed: cheaply by their looks, surely by their content. @module */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Folders of the shipped plugins, as `package.json` lists them. */
export function shippedFolders(manifest) {
  return manifest.files.filter((path) => path.startsWith("plugins/"));
}

function* filesBelow(root, path) {
  const stat = statSync(join(root, path), { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    yield { path, stat };
    return;
  }
  for (const name of readdirSync(join(root, path)).sort()) {
    yield* filesBelow(root, `${path}/${name}`);
  }
}

function digest(lines) {
  const hash = createHash("sha256");
  for (const line of lines) hash.update(line);
  return hash.digest("hex").slice(0, 16);
}

/** Names, sizes and times of all files below the given parts, as a short text that differs when one does. */
export function looks(root, parts) {
  const lines = [];
  for (const part of parts) {
    for (const { path, stat } of filesBelow(root, part)) {
      lines.push(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
    }
  }
  return digest(lines);
}

/** A short hash over names and content of the same files. */
export function contentHash(root, parts) {
  const chunks = [];
  for (const part of parts) {
    for (const { path } of filesBelow(root, part)) {
      chunks.push(`${path}\0`, readFileSync(join(root, path)));
    }
  }
  return digest(chunks);
}
