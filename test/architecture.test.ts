/** The rules of the house that a reader of one file cannot see. @module */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  files: string[];
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
const shipped = manifest.files.filter((path) => path.startsWith("plugins/"));

interface Source {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly { readonly name: string; readonly typeOnly: boolean }[];
}

const sources: readonly Source[] = ["src", ...shipped].flatMap(filesBelow).map((path) => {
  const text = readFileSync(join(root, path), "utf8");
  return { path, text, imports: importsOf(path, text) };
});

function filesBelow(folder: string): string[] {
  if (!statSync(join(root, folder), { throwIfNoEntry: false })) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .filter((path) => path.endsWith(".ts"));
}

/** What a file imports; relative names as paths from the root. */
function importsOf(path: string, text: string): Source["imports"] {
  const code = withoutComments(text);
  const statements = code.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^;"']*?\sfrom\s+)?"([^"]+)"|import\("([^"]+)"\)/gm,
  );
  return [...statements].map(([, typeOnly, stated, dynamic]) => {
    const name = stated ?? dynamic!;
    const resolved = name.startsWith(".") ? posix.join(posix.dirname(path), name) : name;
    return { name: resolved, typeOnly: typeOnly !== undefined };
  });
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

/** Text in quotes: it may name what the code may not. */
function withoutStrings(code: string): string {
  return code.replace(/"(?:[^"\\\n]|\\.)*"/g, '""').replace(/`(?:[^`\\$]|\\.)*`/g, "``");
}

/**
 * Who may import from where: the first row whose folder holds the file counts. A file may always
 * import from its own folder.
 */
const RULES: readonly { readonly of: string; readonly may: readonly string[] }[] = [
  { of: "src/spec/", may: [] },
  { of: "src/plugins/sdk/", may: ["src/spec/", "src/plugins/sandbox/calls.ts"] },
  { of: "src/plugins/adapters/", may: ["src/spec/", "src/plugins/"] },
  { of: "src/plugins/", may: ["src/spec/", "src/plugins/"] },
  { of: "src/host/ports/", may: ["src/spec/"] },
  { of: "src/host/tables/", may: ["src/spec/", "src/host/ports/"] },
  { of: "src/host/engine/", may: ["src/spec/", "src/host/ports/", "src/host/tables/"] },
  {
    of: "src/host/http/",
    may: [
      "src/spec/",
      "src/host/ports/",
      "src/host/tables/",
      "src/host/engine/",
      "src/host/ingest.ts",
    ],
  },
  {
    of: "src/host/projects/",
    may: [
      "src/spec/",
      "src/host/ports/",
      "src/host/tables/",
      "src/host/engine/",
      "src/host/http/deps.ts",
    ],
  },
  { of: "src/host/adapters/", may: ["src/spec/", "src/host/ports/", "src/host/tables/"] },
  { of: "src/host/runtime/", may: ["src/spec/", "src/plugins/", "src/host/"] },
  { of: "src/host/", may: ["src/spec/", "src/plugins/", "src/host/"] },
  {
    of: "src/plane/",
    may: [
      "src/spec/",
      "src/plugins/",
      "src/host/ports/",
      ...["store", "egress", "clock", "ids", "log"].map((name) => `src/host/adapters/${name}/`),
    ],
  },
  {
    of: "src/cli/",
    may: ["src/spec/", "src/plugins/", "src/plane/", "src/host/runtime/", "src/host/settings.ts"],
  },
  { of: "src/bridge/", may: [] },
  { of: "plugins/", may: ["periplus/plugin"] },
];

/** Folders whose files never import the rim, even where a row above is wide. */
const RIM = /^src\/(host|plugins)\/adapters\/|^src\/host\/runtime\//;
const MAY_REACH_RIM = /^src\/((host|plugins)\/adapters|host\/runtime|plane|cli)\//;

function isPackage(name: string): boolean {
  return !name.startsWith("src/") && !name.startsWith("plugins/");
}

function ownFolder(path: string, of: string): string {
  // An adapter's own folder is that of its port, not all adapters.
  return of === "src/host/adapters/" || of === "plugins/"
    ? `${of}${path.slice(of.length).split("/")[0]}/`
    : of;
}

test("imports point one way", () => {
  const wrong = sources.flatMap(({ path, imports }) => {
    const rule = RULES.find(({ of }) => path.startsWith(of));
    if (rule === undefined) return [`${path} is in no folder of the house plan`];
    const may = [...rule.may, ownFolder(path, rule.of)];
    return imports
      .filter(({ name, typeOnly }) => !(path.startsWith("src/bridge/") && typeOnly && name))
      .filter(({ name }) => !isPackage(name) || (path.startsWith("plugins/") && isOurs(name)))
      .filter(({ name }) => {
        const allowed = may.some((prefix) => name.startsWith(prefix));
        return !allowed || (RIM.test(name) && !MAY_REACH_RIM.test(path));
      })
      .map(({ name }) => `${path} imports ${name}`);
  });
  expect(wrong).toEqual([]);
});

function isOurs(name: string): boolean {
  return name === "periplus" || name.startsWith("periplus/");
}

/** Libraries that several files may import, and where. */
const SPREAD: Record<string, RegExp> = {
  zod: /^src\//,
  hono: /^src\/host\/http\//,
  "@hono/zod-openapi": /^src\/host\/http\//,
};

test("each library is imported by one file", () => {
  const importers = new Map<string, string[]>();
  for (const { path, imports } of sources) {
    const libraries = imports.filter(({ name, typeOnly }) => isPackage(name) && !typeOnly);
    for (const name of new Set(libraries.map((one) => packageOf(one.name)))) {
      if (name.startsWith("node:") || isOurs(name) || SPREAD[name]?.test(path)) continue;
      importers.set(name, [...(importers.get(name) ?? []), path]);
    }
  }
  const several = [...importers].filter(([, paths]) => paths.length > 1);
  expect(several).toEqual([]);
  const unknown = [...importers.keys()].filter((name) => !(name in manifest.dependencies));
  expect(unknown, "imported but no dependency").toEqual([]);
});

function packageOf(name: string): string {
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}

const RUNTIME_NAMES =
  /(?<![.\w])(process|Deno|Bun)\.|(?<![.\w])Buffer\b|(?<![.\w])require\(|__dirname|__filename/;
const MAY_NAME_RUNTIME = /^src\/((host|plugins)\/adapters|host\/runtime|cli|plane)\//;

test("runtimes are named at the rim only", () => {
  const wrong = sources
    .filter(({ path }) => !MAY_NAME_RUNTIME.test(path))
    .flatMap(({ path, text, imports }) => {
      const found = RUNTIME_NAMES.exec(withoutStrings(withoutComments(text)))?.[0];
      const builtIn = imports.find(({ name }) => /^(node|cloudflare|jsr|https?):/.test(name))?.name;
      return [found, builtIn]
        .filter((name) => name !== undefined)
        .map((name) => `${path}: ${name}`);
    });
  expect(wrong).toEqual([]);
});

test("files say what they are for, and fit a few screens", () => {
  const silent = sources.filter(({ text }) => !/^\/\*\*[^]*?@module/.test(text));
  expect(silent.map(({ path }) => path)).toEqual([]);
  const lines = sources.map(({ path, text }) => ({
    path,
    count: text.trimEnd().split("\n").length,
  }));
  expect(lines.filter(({ count }) => count > 350)).toEqual([]);
  expect(lines.filter(({ count }) => count > 300).length).toBeLessThan(lines.length / 50);
  const median = lines.map(({ count }) => count).toSorted((a, b) => a - b)[lines.length >> 1]!;
  expect(median).toBeLessThan(120);
});

test("names of files are lower case with underscores", () => {
  const wrong = sources.filter(
    ({ path }) => !/^[a-z0-9_./-]+$/.test(path) || /-.*\.ts$/.test(path),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test("git ignores all plugins but the shipped ones", () => {
  const rules = readFileSync(join(root, ".gitignore"), "utf8").split("\n");
  const kept = rules.filter((rule) => /^!\/plugins\/[^*]+\/$/.test(rule));
  expect(kept).toEqual(shipped.map((folder) => `!/${folder}/`));
  expect(rules).toContain("/plugins/*");
});

test("dependencies are pinned", () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies };
  const loose = Object.entries(all).filter(
    ([, version]) => !/^\d+\.\d+\.\d+[\w.-]*$/.test(version),
  );
  expect(loose).toEqual([]);
});
