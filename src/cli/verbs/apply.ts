/** `apply`. @module */
import { resolve } from "node:path";
import { z } from "zod";
import { KeptnError } from "../../spec/errors.ts";
import type { KeptnProject } from "../../spec/models.ts";
import { resourceModel } from "../../spec/resource_models.ts";
import { type Client, part } from "../client.ts";
import { hostCommand } from "../command.ts";
import { diffLines } from "../diff.ts";
import { base64Of } from "../files.ts";
import { oneOf, text, toggle } from "../flags.ts";
import type { Io } from "../io.ts";
import { painter } from "../output.ts";
import { type ProjectFile, type ProjectFolder, readProjectFolder } from "../project_folder.ts";
import { findProject } from "./projects.ts";
import { type ResourceLevel, resourcePath, writeResources } from "./resources.ts";

const anything = z.unknown();

interface Change {
  readonly action: "create" | "update";
  readonly kind: "project" | "shipyard" | "service" | "file";
  /** Path such as `sockshop/staging/carts/slo.yaml`. */
  readonly name: string;
  readonly diff: readonly string[];
  apply(): Promise<unknown>;
}

export const apply = hostCommand({
  args: "[DIR]",
  summary:
    "create or update a project from a folder; files that are only on the host stay. " +
    "Layout: shipyard.yaml, services/SERVICE/… for a service in all stages, STAGE/… and " +
    "STAGE/SERVICE/… for one stage, everything else for the project",
  flags: {
    project: text("name of the project (default: metadata.name of the shipyard)", {
      short: "p",
      value: "NAME",
    }),
    "dry-run": toggle("only show what would change"),
    output: oneOf("format of the changes (default: text)", ["text", "json", "name"], {
      short: "o",
    }),
  },
  examples: ["periplus apply .", "periplus apply my-project --dry-run"],
  async run({ args, flags, io, host }) {
    const folder = await readProjectFolder(resolve(io.cwd, args[0] ?? "."), flags.project);
    for (const warning of folder.warnings) io.err.write(`warning: ${warning}\n`);
    const project = await findProject(host.client, folder.project);
    const changes = [
      ...projectChanges(host.client, folder, project),
      ...serviceChanges(host.client, folder, project),
      ...(await fileChanges(host.client, folder, project)),
    ];
    if (!flags["dry-run"]) await applyAll(host.client, folder, changes);
    print(changes, flags.output ?? (host.quiet ? "name" : "text"), io);
    const done = flags["dry-run"] ? "would change" : "changed";
    const files = `${folder.files.length} file${folder.files.length === 1 ? "" : "s"}`;
    io.err.write(
      changes.length === 0
        ? `project ${folder.project}: nothing to change (${files})\n`
        : `project ${folder.project}: ${changes.length} ${done}\n`,
    );
    return 0;
  },
});

function projectChanges(
  client: Client,
  { project, shipyard }: ProjectFolder,
  known: KeptnProject | undefined,
): Change[] {
  const body = { name: project, shipyard: base64Of(shipyard) };
  const path = "/controlPlane/v1/project";
  if (!known) {
    const apply = (): Promise<unknown> => client.post(path, body, anything);
    return [{ action: "create", kind: "project", name: project, diff: [], apply }];
  }
  if (known.shipyard === shipyard) return [];
  const diff = diffLines(known.shipyard ?? "", shipyard);
  const apply = (): Promise<unknown> => client.put(path, body, anything);
  return [{ action: "update", kind: "shipyard", name: `${project}/shipyard.yaml`, diff, apply }];
}

function serviceChanges(
  client: Client,
  { project, services }: ProjectFolder,
  known: KeptnProject | undefined,
): Change[] {
  const there = new Set(
    known?.stages.flatMap((stage) => stage.services.map(({ serviceName }) => serviceName)),
  );
  return services
    .filter((service) => !there.has(service))
    .map((serviceName) => ({
      action: "create",
      kind: "service",
      name: `${project}/${serviceName}`,
      diff: [],
      apply: () =>
        client.post(`/controlPlane/v1/project/${part(project)}/service`, { serviceName }, anything),
    }));
}

async function fileChanges(
  client: Client,
  { project, files }: ProjectFolder,
  known: KeptnProject | undefined,
): Promise<(Change & { readonly file: ProjectFile })[]> {
  const changes: (Change & { readonly file: ProjectFile })[] = [];
  for (const file of files) {
    const { stage, service, uri, content } = file;
    const there = known ? await contentOf(client, levelOf(project, file), uri) : undefined;
    if (there?.equals(content)) continue;
    const name = [project, stage, service, uri].filter(Boolean).join("/");
    const diff = diffOf(there, content);
    const action = there ? "update" : "create";
    const apply = (): Promise<void> => Promise.resolve();
    changes.push({ action, kind: "file", name, diff, file, apply });
  }
  return changes;
}

/** Files of one level are one commit. */
async function applyAll(
  client: Client,
  { project }: ProjectFolder,
  changes: readonly (Change & { readonly file?: ProjectFile })[],
): Promise<void> {
  for (const change of changes) await change.apply();
  const levels = new Map<string, ProjectFile[]>();
  for (const { file } of changes) {
    if (!file) continue;
    const level = JSON.stringify([file.stage, file.service]);
    levels.set(level, [...(levels.get(level) ?? []), file]);
  }
  for (const files of levels.values()) {
    const resources = files.map(({ uri, content }) => ({
      resourceURI: uri,
      resourceContent: base64Of(content),
    }));
    await writeResources(client, levelOf(project, files[0]!), resources);
  }
}

function levelOf(project: string, { stage, service }: ProjectFile): ResourceLevel {
  return { project, ...(stage ? { stage } : {}), ...(service ? { service } : {}) };
}

async function contentOf(
  client: Client,
  level: ResourceLevel,
  uri: string,
): Promise<Buffer | undefined> {
  try {
    // Twice, as Keptn's clients did: its gateway decodes once (Keptn: http-api.md 1.6).
    const path = `${resourcePath(level)}/${part(part(uri))}`;
    const { resourceContent } = await client.get(path, resourceModel);
    return Buffer.from(resourceContent ?? "", "base64");
  } catch (error) {
    if (KeptnError.is(error, "ERR_NOT_FOUND")) return undefined;
    throw error;
  }
}

function diffOf(before: Buffer | undefined, after: Buffer): string[] {
  if (!before) return [];
  if (before.includes(0) || after.includes(0)) return ["  (binary)"];
  return diffLines(before.toString("utf8"), after.toString("utf8"));
}

function print(changes: readonly Change[], format: "text" | "json" | "name", io: Io): void {
  const paint = painter(io, io.out);
  if (format === "json") {
    const data = changes.map(({ action, kind, name, diff }) => ({ action, kind, name, diff }));
    io.out.write(`${JSON.stringify(data, null, 2)}\n`);
    return;
  }
  for (const { action, kind, name, diff } of changes) {
    if (format === "name") {
      io.out.write(`${name}\n`);
      continue;
    }
    const mark = action === "create" ? paint("green", "+") : paint("yellow", "~");
    io.out.write(`${mark} ${kind} ${name}\n`);
    for (const line of diff) {
      const colour = line.startsWith("+") ? "green" : line.startsWith("-") ? "red" : "grey";
      io.out.write(`    ${paint(colour, line)}\n`);
    }
  }
}
