/** Bundles the product: few files that load fast, and the sandbox's metered WebAssembly. @module */
import { createRequire } from "node:module";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Bundle name → entry; code that several share is split into chunks, loaded when first needed. */
const ENTRIES = {
  cli: "src/cli/main.ts",
};

const SHARED = {
  bundle: true,
  format: "esm",
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  sourcemap: "linked",
  sourcesContent: false,
  logLevel: "silent",
};

/** Native or self-locating packages, left where npm put them. */
const UNBUNDLED = ["libsql", "esbuild"];

/** How many older builds stay: a running host loads its chunks late. */
const KEPT = 4;

/** Names packages by path, so that bundles in a cache folder find them too. */
function leaveOutside(root) {
  const { resolve } = createRequire(join(root, "package.json"));
  return {
    name: "leave-outside",
    setup(build) {
      build.onResolve({ filter: new RegExp(`^(${UNBUNDLED.join("|")})$`) }, ({ path }) => ({
        path: pathToFileURL(resolve(path)).href,
        external: true,
      }));
    },
  };
}

function removeOldBuilds(folder, current) {
  const builds = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== current)
    .map(({ name }) => ({ name, at: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { name } of builds.slice(KEPT)) rmSync(join(folder, name), { recursive: true });
}

/**
 * Builds into `<folder>/<hash>` and stamps it as current.
 *
 * @param {{ root: string, manifest: object, folder: string, look: string, hash: string, say: (line: string) => void }} options
 * @returns {Promise<string>} folder of the bundles
 */
export async function build({ root, folder, look, hash, say }) {
  const target = join(folder, hash);
  if (!existsSync(target)) {
    say("building");
    const draft = join(folder, `.draft-${process.pid}`);
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft);
    try {
      await bundle(root, draft);
      renameSync(draft, target);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  const stamp = join(folder, `.stamp-${process.pid}`);
  writeFileSync(stamp, JSON.stringify({ look, hash }));
  renameSync(stamp, join(folder, "stamp.json"));
  removeOldBuilds(folder, hash);
  return target;
}

/** The page: one script for browsers, the other files as they are. */
async function buildPage(esbuild, root, outdir) {
  const source = join(root, "src/bridge");
  if (!existsSync(join(source, "main.ts"))) return mkdirSync(outdir);
  await esbuild.build({
    ...SHARED,
    absWorkingDir: root,
    entryPoints: { main: "src/bridge/main.ts" },
    outdir,
    platform: "browser",
    target: "es2022",
  });
  for (const name of readdirSync(source)) {
    if (/\.(html|css|svg)$/.test(name)) copyFileSync(join(source, name), join(outdir, name));
  }
}

async function bundle(root, outdir) {
  const esbuild = await import("esbuild");
  try {
    await buildPage(esbuild, root, join(outdir, "bridge"));
    await esbuild.build({
      ...SHARED,
      absWorkingDir: root,
      entryPoints: ENTRIES,
      outdir,
      splitting: true,
      platform: "node",
      target: "node20.19",
      plugins: [leaveOutside(root)],
      // CommonJS packages inside ES modules ask for built-in modules through `require`.
      banner: {
        js: `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);`,
      },
    });
  } catch (error) {
    const first = error.errors?.[0];
    if (first === undefined) throw error;
    const at = first.location ? ` (${first.location.file}:${first.location.line})` : "";
    throw new Error(`the build failed: ${first.text}${at}`, { cause: error });
  }
}
