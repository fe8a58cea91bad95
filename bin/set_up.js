/** Makes sure that the packages and the bundles that the command needs are there and fresh. @module */
import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { installPackages, missingPackages } from "./packages.js";
import { lock } from "./lock.js";
import { contentHash, looks, shippedFolders } from "./sources.js";

/** One line of progress; never on stdout, which belongs to the command. */
function say(line) {
  process.stderr.write(`periplus: ${line}\n`);
}

/** Makes a folder that can be written; false when the place is read-only. */
function writable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    const probe = join(folder, `.probe-${process.pid}`);
    mkdirSync(probe);
    rmdirSync(probe);
    return true;
  } catch (error) {
    if (["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"].includes(error.code)) return false;
    throw error;
  }
}

/** Where the bundles of a package stand: beside it, or in the user's cache when it is read-only. */
function candidates(root) {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  return [join(root, "dist"), join(cache, "periplus", root.replaceAll(/[^A-Za-z0-9]+/g, "-"))];
}

function readStamp(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "stamp.json"), "utf8"));
  } catch (error) {
    // Absent: never built. Broken: half-written by a full disk, to be built again.
    if (error.code === "ENOENT" || error.code === "ENOTDIR" || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/** The folder of bundles that fits the sources as they look now, if there is one. */
function freshBundles(folders, look) {
  for (const folder of folders) {
    const stamp = readStamp(folder);
    if (stamp?.look === look) return join(folder, stamp.hash);
  }
  return undefined;
}

/**
 * Installs and builds what is missing or stale.
 *
 * @param {string} root folder of the package
 * @returns {Promise<string>} folder of the bundles
 */
export async function setUp(root) {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const folders = candidates(root);
  const parts = ["src", "bin", "package.json", ...shippedFolders(manifest)];
  const look = () => looks(root, parts);
  const complete = () => missingPackages(root, manifest).length === 0;
  const ready = complete() ? freshBundles(folders, look()) : undefined;
  if (ready !== undefined) return ready;

  const folder = folders.find(writable);
  if (folder === undefined) {
    throw new Error(`cannot build: neither ${folders.join(" nor ")} can be written`);
  }
  const unlock = await lock(join(folder, "lock"), (owner) =>
    say(`waiting for the set-up that process ${owner} is doing`),
  );
  try {
    if (!complete()) await installPackages(root, manifest, say);
    const now = look();
    const built = freshBundles(folders, now);
    if (built !== undefined) return built;
    const { build } = await import("./build.js");
    return await build({ root, manifest, folder, look: now, hash: contentHash(root, parts), say });
  } finally {
    unlock();
  }
}
