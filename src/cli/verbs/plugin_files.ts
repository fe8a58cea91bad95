/** `plugin new`, `plugin check`. @module */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { KeptnError } from "../../spec/errors.ts";
import { ENTITY_NAME } from "../../spec/shipyard_rules.ts";
import { bundlePlugin } from "../../plugins/adapters/bundler.ts";
import { workerSandbox } from "../../plugins/adapters/worker.ts";
import type { Manifest } from "../../plugins/manifest.ts";
import type { SandboxHost } from "../../plugins/sandbox/types.ts";
import { command } from "../command.ts";
import { text, usage } from "../flags.ts";
import type { Io } from "../io.ts";
import { OUTPUT, show } from "../output.ts";
import { pluginSource } from "../templates/plugin.ts";

export const pluginNew = command({
  args: "NAME",
  summary: "write a first plugin into the plugins folder",
  flags: {
    dir: text("plugins folder (default: PERIPLUS_PLUGINS_DIR, else plugins)", { value: "DIR" }),
  },
  examples: ["periplus plugin new hello"],
  async run({ args, flags, io }) {
    const [name = ""] = args;
    if (!ENTITY_NAME.test(name)) {
      throw usage(`${name} is no valid name: lower case letters, digits and hyphens`);
    }
    const folder = join(resolve(io.cwd, flags.dir ?? pluginsDir(io)), name);
    const file = join(folder, "plugin.ts");
    await mkdir(folder, { recursive: true });
    try {
      await writeFile(file, pluginSource(name), { flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw usage(`${relative(io.cwd, file)} exists: choose another name`);
    }
    io.out.write(`${relative(io.cwd, file)}\n`);
    io.err.write(`Check it with: periplus plugin check ${relative(io.cwd, folder)}\n`);
    return 0;
  },
});

export const pluginCheck = command({
  args: "[PATH…]",
  summary: "bundle plugins, load them in the sandbox and check their manifests, without a host",
  flags: OUTPUT,
  examples: ["periplus plugin check plugins/hello", "periplus plugin check"],
  async run({ args, flags, io }) {
    const paths = args.length > 0 ? args : await installed(io);
    const scratch = await mkdtemp(join(tmpdir(), "periplus-check-"));
    const sandbox = await workerSandbox({ folder: scratch });
    const manifests: Manifest[] = [];
    let failed = false;
    try {
      for (const path of paths) {
        const manifest = await checked(resolve(io.cwd, path), sandbox, io);
        if (manifest) manifests.push(manifest);
        else failed = true;
      }
    } finally {
      await sandbox.close();
      await rm(scratch, { recursive: true, force: true });
    }
    show(io, flags, {
      data: manifests,
      names: manifests.map(({ name }) => name),
      columns: ["NAME", "VERSION", "ANSWERS", "ASKS FOR"],
      rows: manifests.map(({ name, version, tasks, on, allow }) => [
        name,
        version,
        [...Object.keys(tasks), ...on].join(", "),
        [...allow.http, ...allow.secrets.map((secret) => `secret ${secret}`), ...allow.events].join(
          ", ",
        ),
      ]),
    });
    return failed ? 1 : 0;
  },
});

async function checked(path: string, sandbox: SandboxHost, io: Io): Promise<Manifest | undefined> {
  try {
    const name = basename(path).replace(/\.ts$/, "");
    const loaded = await sandbox.load(await bundlePlugin(path, name, { root: io.cwd }));
    await loaded.close();
    return loaded.manifest;
  } catch (error) {
    if (!KeptnError.is(error)) throw error;
    io.err.write(`${error.message}\n`);
    return undefined;
  }
}

async function installed(io: Io): Promise<string[]> {
  const folder = resolve(io.cwd, pluginsDir(io));
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw usage(`${folder} is no folder: name plugins, or set PERIPLUS_PLUGINS_DIR`);
  }
}

function pluginsDir(io: Io): string {
  return io.env.PERIPLUS_PLUGINS_DIR ?? "plugins";
}
