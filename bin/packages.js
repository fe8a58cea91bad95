/** Finds and installs the npm packages that running or testing needs. @module */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where a package stands for code in `root`: there or in a folder above, as Node looks it up. */
function locate(root, name) {
  for (let folder = root; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", name, "package.json");
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Whether the folder is a work tree, which installs for itself, and not an installed package. */
function isClone(root) {
  return existsSync(join(root, "package-lock.json"));
}

/**
 * Names of packages that are absent or of another version than pinned.
 *
 * @param {string} root
 * @param {{ dependencies: Record<string, string>, devDependencies: Record<string, string> }} manifest
 * @param {{ dev?: boolean }} [what] `dev`: those for tests too
 */
export function missingPackages(root, manifest, { dev = false } = {}) {
  const wanted = { ...manifest.dependencies, ...(dev ? manifest.devDependencies : {}) };
  // npm writes this file last: without it an installation was interrupted.
  if (isClone(root) && !existsSync(join(root, "node_modules", ".package-lock.json"))) {
    return Object.keys(wanted);
  }
  return Object.keys(wanted).filter((name) => {
    const path = locate(root, name);
    return path === undefined || JSON.parse(readFileSync(path, "utf8")).version !== wanted[name];
  });
}

/** Runs npm and resolves with what it said when it failed, or undefined. */
function runNpm(root, args) {
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  const child = spawn(command, [...first, ...args], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    shell: process.platform === "win32" && first.length === 0,
  });
  // Without this a signal to this process alone would leave npm running.
  const stop = (signal) => {
    child.kill(signal);
    process.exit(1);
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      resolve(code === 0 ? undefined : said.trim());
    });
  });
}

/**
 * Installs what is missing, at the versions of the lock file.
 *
 * @param {string} root
 * @param {object} manifest
 * @param {(line: string) => void} say
 * @param {{ dev?: boolean }} [what]
 */
export async function installPackages(root, manifest, say, { dev = false } = {}) {
  if (!isClone(root)) {
    const names = missingPackages(root, manifest).join(", ");
    throw new Error(`the installation lacks ${names}: install the package again with npm install`);
  }
  // What a developer has installed for tests stays: `npm install` without it would remove it.
  const keepDev = dev || missingPackages(root, manifest, { dev: true }).length === 0;
  const hasSome = existsSync(join(root, "node_modules"));
  const verb = hasSome ? ["install", "--no-save"] : ["ci"];
  const which = keepDev || hasDevPackages(root, manifest) ? "--include=dev" : "--omit=dev";
  say(
    `installing ${which === "--omit=dev" ? "runtime" : "all"} packages (npm ${verb[0]} ${which})`,
  );
  const failure = await runNpm(root, [
    ...verb,
    which,
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ]);
  if (failure !== undefined) throw new Error(`npm could not install the packages:\n${failure}`);
}

function hasDevPackages(root, manifest) {
  return Object.keys(manifest.devDependencies).some((name) =>
    existsSync(join(root, "node_modules", name)),
  );
}
