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
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { shippedFolders } from "./sources.js";

/** Native or self-locating packages, left where npm put them. */
const UNBUNDLED = ["libsql", "esbuild"];

/** Older builds stay this long, in ms, and the newest of them for ever: a running host loads its chunks late. */
const KEPT_MS = 24 * 3_600_000;
const KEPT = 2;

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
  const old = builds.slice(KEPT).filter(({ at }) => at < Date.now() - KEPT_MS);
  for (const { name } of old) rmSync(join(folder, name), { recursive: true });
}

/**
 * Builds into `<folder>/<hash>` and stamps it as current.
 *
 * @param {{ root: string, manifest: object, folder: string, look: string, hash: string, say: (line: string) => void }} options
 * @returns {Promise<string>} folder of the bundles
 */
export async function build({ root, manifest, folder, look, hash, say }) {
  const target = join(folder, hash);
  if (!existsSync(target)) {
    say("building");
    const draft = join(folder, `.draft-${process.pid}`);
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft);
    try {
      await buildInto(draft, root, manifest);
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

async function buildInto(outdir, root, manifest) {
  const shared = {
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    sourcemap: "linked",
    sourcesContent: false,
    logLevel: "silent",
  };
  const node = {
    ...shared,
    platform: "node",
    target: "node20.19",
    plugins: [leaveOutside(root)],
    // CommonJS packages inside ES modules ask for built-in modules through `require`.
    banner: {
      js: `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);`,
    },
  };
  try {
    await Promise.all([
      esbuild.build({ ...node, entryPoints: entries(root), outdir, splitting: true }),
      buildPage(shared, root, join(outdir, "bridge")),
      buildGuest(shared, join(outdir, "guest")),
      buildPluginParts(node, root, manifest, outdir),
    ]);
  } catch (error) {
    const first = error.errors?.[0];
    if (first === undefined) throw error;
    const at = first.location ? ` (${first.location.file}:${first.location.line})` : "";
    throw new Error(`the build failed: ${first.text}${at}`, { cause: error });
  }
}

/** Bundle → entry; what several share is split into chunks, loaded when first needed. */
function entries(root) {
  const workers = readdirSync(join(root, "src/plugins/adapters")).filter((name) =>
    name.endsWith("_worker.ts"),
  );
  return {
    cli: "src/cli/main.ts",
    ...Object.fromEntries(
      workers.map((name) => [basename(name, ".ts"), `src/plugins/adapters/${name}`]),
    ),
  };
}

/** The page: one script for browsers, the other files as they are. */
async function buildPage(shared, root, outdir) {
  const source = join(root, "src/bridge");
  await esbuild.build({
    ...shared,
    entryPoints: { main: "src/bridge/main.ts" },
    outdir,
    platform: "browser",
    target: "es2022",
  });
  for (const name of readdirSync(source)) {
    if (/\.(html|css|svg)$/.test(name)) copyFileSync(join(source, name), join(outdir, name));
  }
}

/** What plugins are bundled with, so that no plugin's bundling reads the platform's sources. */
function buildGuest(shared, outdir) {
  return esbuild.build({
    ...shared,
    entryPoints: { sdk: "src/plugins/sdk/mod.ts", boot: "src/plugins/sandbox/guest/boot.ts" },
    outdir,
    splitting: true,
    platform: "neutral",
    target: "es2023",
  });
}

/** The metered QuickJS, and the hashes by which a shipped plugin is told from a changed one. */
async function buildPluginParts(node, root, manifest, outdir) {
  const { outputFiles } = await esbuild.build({
    ...node,
    stdin: {
      contents: `export { hashPlugin } from "./src/plugins/adapters/plugin_roots.ts";
        export { buildMeteredQuickJs } from "./src/plugins/adapters/metered.ts";`,
      resolveDir: root,
    },
    write: false,
    outdir,
    sourcemap: false,
    // The step runs from the build's folder and looks packages up as the sources do.
    define: { "import.meta.url": JSON.stringify(pathToFileURL(join(root, "bin/build.js")).href) },
  });
  const step = join(outdir, "step.mjs");
  writeFileSync(step, outputFiles[0].contents);
  const { hashPlugin, buildMeteredQuickJs } = await import(pathToFileURL(step).href);
  rmSync(step);
  writeFileSync(join(outdir, "quickjs.metered.wasm"), await buildMeteredQuickJs());
  const hashes = {};
  for (const path of shippedFolders(manifest).filter((one) => existsSync(join(root, one)))) {
    hashes[basename(path)] = await hashPlugin(join(root, path));
  }
  writeFileSync(join(outdir, "shipped.json"), JSON.stringify(hashes));
}
