/** Makes one script and a source map out of a plugin's TypeScript. @module */
import { realpath, stat } from "node:fs/promises";
import { builtinModules } from "node:module";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { KeptnError } from "../../spec/errors.ts";
import type { Bundle } from "../sandbox/types.ts";
import { alternativeTo } from "./alternatives.ts";
import {
  type BuildFailure,
  type Message,
  type OnResolveResult,
  type Plugin,
  withBuilder,
} from "./esbuild.ts";
import { guestSources } from "./guest_sources.ts";
import { nameSources } from "./source_names.ts";

/** A fault in a plugin's source; lines and columns are 1-based. */
export interface BundleProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface BundleOptions {
  /** File names in errors are relative to this folder; the working directory unless set. */
  readonly root?: string;
}

/** A bundle, and the files it was made of. */
export interface Bundled {
  readonly bundle: Bundle;
  readonly inputs: readonly string[];
}

const MAX_CHARACTERS = 2_000_000;
const ENTRY = "periplus:entry";

/**
 * Bundles a plugin: a folder with `plugin.ts`, or a single file.
 *
 * @throws {KeptnError} ERR_PLUGIN_BUNDLE; its message has one `file:line:column: what` per line, and
 * `data.problems` the same as {@link BundleProblem}s.
 */
export async function bundlePlugin(
  path: string,
  name?: string,
  options: BundleOptions = {},
): Promise<Bundle> {
  return (await bundleWithInputs(path, name, options)).bundle;
}

/** Like {@link bundlePlugin}, with the list of files that a cache has to compare. */
export async function bundleWithInputs(
  path: string,
  name: string | undefined,
  { root = process.cwd() }: BundleOptions = {},
): Promise<Bundled> {
  const { entry, folder, title } = await locate(path, name);
  const sources = await guestSources();
  try {
    const result = await withBuilder((build) =>
      build({
        stdin: {
          contents: `import { boot } from "periplus/guest";\nimport * as plugin from ${JSON.stringify(entry)};\nboot(plugin);\n`,
          resolveDir: folder,
          sourcefile: ENTRY,
        },
        absWorkingDir: folder,
        outfile: join(folder, "plugin.js"),
        bundle: true,
        write: false,
        metafile: true,
        format: "iife",
        platform: "neutral",
        mainFields: ["module", "main"],
        conditions: ["import", "default"],
        target: "es2023",
        sourcemap: "external",
        sourcesContent: false,
        minifyWhitespace: true,
        minifySyntax: true,
        legalComments: "none",
        // QuickJS counts columns in bytes: only ASCII keeps them equal to those of the map.
        charset: "ascii",
        logLevel: "silent",
        tsconfigRaw: {},
        plugins: [walls(folder, sources)],
      }),
    );
    const text = (ending: string): string =>
      result.outputFiles.find((file) => file.path.endsWith(ending))!.text;
    const code = text(".js");
    if (code.length > MAX_CHARACTERS) throw tooLarge(entry, code.length, root);
    const inputs = Object.keys(result.metafile.inputs).filter((input) => !input.endsWith(ENTRY));
    return {
      bundle: { name: title, code, map: nameSources(text(".map"), { folder, root, ...sources }) },
      inputs: inputs.map((input) => resolve(folder, input)),
    };
  } catch (error) {
    throw isBuildFailure(error) ? bundleError(error.errors, folder, root) : error;
  }
}

async function locate(
  path: string,
  name: string | undefined,
): Promise<{ entry: string; folder: string; title: string }> {
  const found = await realpath(path).catch(() => undefined);
  if (found === undefined) {
    throw new KeptnError("ERR_PLUGIN_BUNDLE", `${path}: no such plugin file or folder`, { path });
  }
  if ((await stat(found)).isDirectory()) {
    return { entry: join(found, "plugin.ts"), folder: found, title: name ?? basename(found) };
  }
  const folder = dirname(found);
  const own = basename(found).replace(/\.[cm]?[jt]s$/, "");
  return { entry: found, folder, title: name ?? (own === "plugin" ? basename(folder) : own) };
}

/** Keeps a bundle inside its folder, npm packages and the SDK. */
function walls(folder: string, sources: { sdk: string; guest: string; roots: string[] }): Plugin {
  const inside = (path: string, of: string): boolean => path === of || path.startsWith(of + sep);
  const trusted = (path: string): boolean => sources.roots.some((root) => inside(path, root));
  const allowed = (path: string): boolean =>
    inside(path, folder) || path.includes(`${sep}node_modules${sep}`) || trusted(path);
  const refuse = (path: string, why: string): OnResolveResult => ({
    errors: [{ text: `a plugin cannot import ${JSON.stringify(path)}: ${why}` }],
  });
  return {
    name: "walls",
    setup(on) {
      on.onResolve({ filter: /^periplus\/(plugin|guest)$/ }, ({ path, importer }) =>
        path === "periplus/plugin"
          ? { path: sources.sdk }
          : importer.endsWith(ENTRY)
            ? { path: sources.guest }
            : refuse(path, 'import "periplus/plugin"'),
      );
      on.onResolve({ filter: /^[a-z][a-z0-9+.-]*:/ }, ({ path }) =>
        refuse(path, alternativeTo(path)),
      );
      on.onResolve({ filter: /\.(node|wasm|so|dylib|dll)$/ }, ({ path }) =>
        refuse(path, "only JavaScript runs in the sandbox; ask for a pure JavaScript package"),
      );
      on.onResolve({ filter: /^[./]/ }, ({ path, resolveDir, importer }) => {
        const target = resolve(resolveDir, path);
        if (allowed(target) || trusted(importer)) return undefined;
        return refuse(path, "it lies outside the plugin's folder; move the file into it");
      });
      on.onResolve({ filter: /^[a-z@]/ }, ({ path }) =>
        builtinModules.includes(path) ? refuse(path, alternativeTo(`node:${path}`)) : undefined,
      );
      on.onLoad({ filter: /./ }, async ({ path }) => {
        if (allowed(await realpath(path))) return undefined;
        return { errors: [{ text: "a link leads out of the plugin's folder; copy the file" }] };
      });
    },
  };
}

function bundleError(errors: readonly Message[], folder: string, root: string): KeptnError {
  const problems = errors.map((error) => problemOf(error, folder, root));
  const message = problems
    .map(({ file, line, column, message: what }) => `${file}:${line}:${column}: ${what}`)
    .join("\n");
  return new KeptnError("ERR_PLUGIN_BUNDLE", message, { problems });
}

function problemOf(error: Message, folder: string, root: string): BundleProblem {
  const { location } = error;
  const file = location && !location.file.endsWith(ENTRY) ? resolve(folder, location.file) : folder;
  return {
    file: displayName(file, root),
    line: Math.max(location?.line ?? 1, 1),
    column: (location?.column ?? 0) + 1,
    message: error.text,
  };
}

function displayName(path: string, root: string): string {
  const short = relative(root, path);
  return short.startsWith("..") ? path : short.replaceAll(sep, "/");
}

function tooLarge(entry: string, characters: number, root: string): KeptnError {
  const message = `the bundle has ${characters} characters, at most ${MAX_CHARACTERS} are allowed: import less, for example \`zod/mini\` in place of \`zod\``;
  const problem = { file: displayName(entry, root), line: 1, column: 1, message };
  return new KeptnError("ERR_PLUGIN_BUNDLE", `${problem.file}:1:1: ${message}`, {
    problems: [problem],
  });
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}

/** Builds the thread's script as one file, for runtimes that cannot run its TypeScript. */
export async function buildWorker(outfile: string): Promise<URL> {
  const { guest } = await guestSources();
  await withBuilder((build) =>
    build({
      entryPoints: [join(dirname(guest), "../../adapters/sandbox_worker.ts")],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20.19",
      logLevel: "silent",
    }),
  );
  return pathToFileURL(outfile);
}
