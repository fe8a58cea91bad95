/** `validate`. @module */
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { taskType } from "../../spec/event_type.ts";
import { FILE_KINDS } from "../../spec/file_kind.ts";
import { parseShipyard } from "../../spec/shipyard_file.ts";
import { integrationsModel } from "../../spec/uniform.ts";
import { type Validation, validateFile } from "../../spec/validate.ts";
import type { Client } from "../client.ts";
import { command } from "../command.ts";
import { connect, HOST_FLAGS } from "../connect.ts";
import { readText } from "../files.ts";
import { oneOf, text, usage } from "../flags.ts";
import type { Io } from "../io.ts";

interface Checked extends Validation {
  readonly file: string;
}

export const validate = command({
  args: "FILE…",
  summary: "check files of any of Keptn's formats; the kind is told from the content",
  flags: {
    kind: oneOf("what the files are", FILE_KINDS),
    against: text("a host: warns of tasks that nobody there executes", { value: "HOST" }),
    output: oneOf("format of the report (default: text on stderr)", ["text", "json"], {
      short: "o",
    }),
    "api-token": HOST_FLAGS["api-token"],
    quiet: HOST_FLAGS.quiet,
  },
  examples: [
    "periplus validate shipyard.yaml carts/slo.yaml",
    "periplus validate shipyard.yaml --against http://127.0.0.1:8090",
  ],
  async run({ args, flags, io }) {
    const files = (await Promise.all(args.map((path) => filesOf(path, io)))).flat();
    const checked: Checked[] = [];
    for (const file of files) {
      const source = await readText(file, io);
      const result = validateFile(source, file, flags.kind);
      // What lies in a folder besides Keptn's files is none of our business.
      if (result.kind === undefined && !args.includes(file)) continue;
      const executed = flags.against
        ? await withExecutors(result, source, await clientFor(flags, io))
        : result;
      checked.push({ file, ...executed });
    }
    if (flags.output === "json") io.out.write(`${JSON.stringify(checked, null, 2)}\n`);
    else for (const one of checked) report(one, flags.quiet, io);
    return checked.every(({ valid }) => valid) ? 0 : 1;
  },
});

function report({ file, kind, valid, problems, warnings }: Checked, quiet: boolean, io: Io): void {
  for (const { line, column, message } of problems) {
    io.err.write(`${file}:${line}:${column} ${message}\n`);
  }
  if (quiet) return;
  for (const { line, column, message } of warnings) {
    io.err.write(`${file}:${line}:${column} warning: ${message}\n`);
  }
  if (valid) io.err.write(`${file}: valid ${kind}\n`);
}

/** A folder stands for the YAML and JSON files below it. */
async function filesOf(path: string, io: Io): Promise<string[]> {
  const info = await stat(resolve(io.cwd, path)).catch(() => undefined);
  if (!info?.isDirectory()) return [path];
  const entries = await readdir(resolve(io.cwd, path), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(path, entry.parentPath.slice(resolve(io.cwd, path).length), entry.name))
    .toSorted();
  if (files.length === 0) throw usage(`${path} holds no YAML or JSON file: nothing to check`);
  return files;
}

async function clientFor(
  flags: {
    readonly against: string | undefined;
    readonly "api-token": string | undefined;
    readonly quiet: boolean;
  },
  io: Io,
): Promise<Client> {
  const { against: endpoint, ...rest } = flags;
  const common = { "config-file": undefined, namespace: undefined };
  return (await connect({ ...rest, ...common, endpoint }, io)).client;
}

const plugins = z.looseObject({
  plugins: z.array(z.looseObject({ name: z.string(), tasks: z.array(z.string()).nullish() })),
});

/** Adds a warning for each task of a shipyard that neither plugin nor integration takes. */
async function withExecutors(
  result: Validation,
  source: string,
  client: Client,
): Promise<Validation> {
  if (result.kind !== "shipyard" || !result.valid) return result;
  const read = parseShipyard(source);
  if (!read.ok) return result;
  const installed = await client.get("/periplus/v1/plugins", plugins);
  const integrations = await client.get("/controlPlane/v1/uniform/registration", integrationsModel);
  const answered = new Set(installed.plugins.flatMap(({ tasks }) => tasks ?? []));
  const patterns = integrations.flatMap(({ subscriptions }) =>
    (subscriptions ?? []).map(({ event }) => event),
  );
  const tasks = read.shipyard.stages.flatMap(({ sequences }) =>
    sequences.flatMap(({ tasks }) => tasks.map(({ name }) => name)),
  );
  const lines = source.split("\n");
  const missing = [...new Set(tasks)].filter(
    (task) =>
      task !== "" && !answered.has(task) && !patterns.some((pattern) => hears(pattern, task)),
  );
  const warnings = missing.map((task) => {
    const line = lines.findIndex((text) =>
      new RegExp(`name:\\s*["']?${escaped(task)}\\b`).test(text),
    );
    const message = `nobody at ${client.endpoint} executes task ${task}: neither a plugin nor an integration`;
    return { line: Math.max(line, 0) + 1, column: 1, message };
  });
  return { ...result, warnings: [...result.warnings, ...warnings] };
}

/** Subscriptions may end in NATS's wildcards. */
function hears(pattern: string, task: string): boolean {
  const source = escaped(pattern).replaceAll("\\*", "[^.]+").replace(/>$/, ".+");
  return new RegExp(`^${source}$`).test(taskType(task, "triggered"));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
