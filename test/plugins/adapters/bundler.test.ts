import { mkdir, mkdtemp, realpath, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { bundlePlugin } from "../../../src/plugins/adapters/bundler.ts";
import { KeptnError } from "../../../src/spec/errors.ts";

const ARGO = new URL("../sandbox/plugins/argo", import.meta.url).pathname;

async function folderOf(files: { [path: string]: string }): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "bundler-")));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

async function refusal(path: string, root: string): Promise<string> {
  const error = await bundlePlugin(path, undefined, { root }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(KeptnError.is(error, "ERR_PLUGIN_BUNDLE")).toBe(true);
  return (error as KeptnError).message;
}

test("a folder becomes one script with a map that names the author's files", async () => {
  const bundle = await bundlePlugin(ARGO, undefined, { root: join(ARGO, "../..") });
  expect(bundle.name).toBe("argo");
  expect(bundle.code).not.toContain("import ");
  expect(bundle.code.length).toBeLessThan(64 * 1024);
  const { sources } = JSON.parse(bundle.map) as { sources: string[] };
  expect(sources).toContain("plugins/argo/plugin.ts");
  expect(sources.filter((source) => !/^(periplus:|plugins\/argo\/)/.test(source))).toEqual([]);
});

test("the same source gives the same code wherever its folder lies", async () => {
  const files = {
    "plugin.ts": `import { two } from "./two.ts"; export default { n: two };`,
    "two.ts": "export const two = 2;",
  };
  const [a, b] = await Promise.all([folderOf(files), folderOf(files)]);
  expect((await bundlePlugin(a!)).code).toBe((await bundlePlugin(b!)).code);
});

test("a single file is named after itself", async () => {
  const folder = await folderOf({ "hello.ts": "export default {};" });
  expect((await bundlePlugin(join(folder, "hello.ts"))).name).toBe("hello");
});

test("pure JavaScript packages are bundled", async () => {
  const folder = await folderOf({
    "plugin.ts": `import { answer } from "answers"; export default { answer };`,
    "node_modules/answers/package.json": `{"name":"answers","type":"module","main":"index.js"}`,
    "node_modules/answers/index.js": "export const answer = 'forty-two';",
  });
  expect((await bundlePlugin(folder)).code).toContain("forty-two");
});

const REFUSED: [what: string, source: string, message: RegExp][] = [
  ["a node module", `\nimport x from "node:fs";`, /^plugin\.ts:2:15: .*ctx\.resources/],
  ["a bare node module", `import x from "https";`, /^plugin\.ts:1:\d+: .*allow\.http/],
  [
    "a dynamic node import",
    `await0();async function await0(){ await import("node:net"); }`,
    /^plugin\.ts:1:\d+: .*use fetch/,
  ],
  ["a URL", `import x from "https://esm.sh/x";`, /^plugin\.ts:1:15: .*npm install/],
  ["a native module", `import x from "./x.node";`, /^plugin\.ts:1:15: .*JavaScript/],
  ["a file outside its folder", `import x from "../../etc/passwd";`, /^plugin\.ts:1:15: .*outside/],
  ["an absolute path", `import x from "/etc/passwd";`, /^plugin\.ts:1:15: .*outside/],
  ["a missing package", `import x from "no-such-package";`, /^plugin\.ts:1:15: .*no-such-package/],
  ["the guest's own entry", `import "periplus/guest";`, /^plugin\.ts:1:8: .*periplus\/plugin/],
  ["a syntax error", `export default {\n  a: }`, /^plugin\.ts:2:6: Unexpected "}"/],
];

test.each(REFUSED)("%s is refused with file, line and column", async (_what, source, message) => {
  const folder = await folderOf({ "plugin.ts": `${source}\nexport default { x };` });
  expect(await refusal(folder, folder)).toMatch(message);
});

test("a link that leads out of the folder is refused", async () => {
  const folder = await folderOf({ "plugin.ts": `import x from "./x.json"; export default { x };` });
  await symlink("/etc/hostname", join(folder, "x.json"));
  expect(await refusal(folder, folder)).toMatch(/outside|link|loader/);
});

test("a missing plugin is named", async () => {
  expect(await refusal("/nowhere/plugin.ts", "/")).toBe(
    "/nowhere/plugin.ts: no such plugin file or folder",
  );
});
