/** `init`. @module */
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { ENTITY_NAME } from "../../spec/shipyard_rules.ts";
import { command } from "../command.ts";
import { text, usage } from "../flags.ts";
import { projectFiles } from "../templates/project.ts";

export const init = command({
  args: "[DIR]",
  summary: "write a commented shipyard, SLO and SLI into a folder; files that exist stay",
  flags: {
    project: text("name of the project (default: name of the folder)", {
      short: "p",
      value: "NAME",
    }),
    service: text("name of the first service (default: my-service)", { value: "NAME" }),
  },
  examples: ["periplus init my-project --service=carts", "periplus init"],
  async run({ args, flags, io }) {
    const folder = resolve(io.cwd, args[0] ?? ".");
    const project = flags.project ?? nameOf(basename(folder));
    const service = flags.service ?? "my-service";
    for (const name of [project, service]) {
      if (!ENTITY_NAME.test(name)) {
        throw usage(
          `${name} is no valid name: lower case letters, digits and hyphens, starting with a letter`,
        );
      }
    }
    for (const [path, content] of Object.entries(projectFiles({ project, service }))) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      if (await wrote(file, content)) io.out.write(`${relative(io.cwd, file)}\n`);
      else io.err.write(`${relative(io.cwd, file)} exists and stays\n`);
    }
    const where = relative(io.cwd, folder) || ".";
    io.err.write(
      `Next:\n  periplus apply ${where}\n` +
        `  periplus trigger delivery --project=${project} --service=${service} --image=${service}:1.0.0 --wait\n`,
    );
    return 0;
  },
});

async function wrote(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** `My Project` → `my-project` */
function nameOf(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "");
  return name || "my-project";
}
