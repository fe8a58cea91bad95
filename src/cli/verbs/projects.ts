/** `create`, `update`, `delete`, `get project`. @module */
import { z } from "zod";
import { KeptnError } from "../../spec/errors.ts";
import {
  gitCredentialsInput,
  type KeptnProject,
  projectInput,
  projectModel,
  projectsModel,
} from "../../spec/models.ts";
import { validateShipyard } from "../../spec/shipyard_file.ts";
import { allPages, type Client, part } from "../client.ts";
import { hostCommand } from "../command.ts";
import { base64Of, readText, readTextOrUrl } from "../files.ts";
import { needed, text, toggle, usage, type Values } from "../flags.ts";
import type { Io } from "../io.ts";
import { OUTPUT, show } from "../output.ts";
import { dateOf } from "../times.ts";

const GIT = {
  "git-remote-url": text("upstream repository (optional)", { short: "r", value: "URL" }),
  "git-user": text("user of the upstream", { short: "u", value: "NAME" }),
  "git-token": text("token of the upstream", { short: "t", value: "TOKEN" }),
  "git-private-key": text("private key for ssh", { short: "k", value: "FILE" }),
  "git-private-key-pass": text("its passphrase", { short: "l", value: "TEXT" }),
  "git-proxy-url": text("proxy, host:port", { short: "p", value: "HOST:PORT" }),
  "git-proxy-scheme": text("http or https", { short: "j", value: "SCHEME" }),
  "git-proxy-user": text("user of the proxy", { short: "w", value: "NAME" }),
  "git-proxy-password": text("its password", { short: "e", value: "TEXT" }),
  "git-pem-certificate": text("certificate of the upstream", { short: "g", value: "FILE" }),
  "insecure-skip-tls": toggle("do not check the upstream's certificate", { short: "x" }),
};
const anything = z.unknown();
const PATH = "/controlPlane/v1/project";

export const createProject = hostCommand({
  args: "NAME",
  summary: "create a project from a shipyard",
  flags: {
    shipyard: needed("shipyard file, path or URL", { short: "s", value: "FILE" }),
    ...GIT,
  },
  examples: ["periplus create project sockshop --shipyard=shipyard.yaml"],
  async run({ args, flags, io, host }) {
    const [name = ""] = args;
    const shipyard = await checkedShipyard(flags.shipyard, io);
    const gitCredentials = await credentialsOf(flags, io);
    const body = projectInput.parse({
      name,
      shipyard: base64Of(shipyard),
      ...(gitCredentials ? { gitCredentials } : {}),
    });
    await host.client.post(PATH, body, anything);
    say(io, host.quiet, name, `Project ${name} created successfully`);
    return 0;
  },
});

export const updateProject = hostCommand({
  args: "NAME",
  summary: "change the shipyard or the git access of a project",
  flags: { shipyard: text("new shipyard, path or URL", { short: "s", value: "FILE" }), ...GIT },
  examples: ["periplus update project sockshop --shipyard=shipyard.yaml"],
  async run({ args, flags, io, host }) {
    const [name = ""] = args;
    const shipyard = flags.shipyard ? await checkedShipyard(flags.shipyard, io) : undefined;
    const gitCredentials = await credentialsOf(flags, io);
    if (!shipyard && !gitCredentials) {
      throw usage(
        "update project needs --shipyard FILE or --git-remote-url URL: nothing to change",
      );
    }
    const body = projectInput.parse({
      name,
      ...(shipyard ? { shipyard: base64Of(shipyard) } : {}),
      ...(gitCredentials ? { gitCredentials } : {}),
    });
    await host.client.put(PATH, body, anything);
    say(io, host.quiet, name, `Project ${name} updated successfully`);
    return 0;
  },
});

export const deleteProject = hostCommand({
  args: "NAME",
  summary: "remove a project with its files and history",
  flags: {},
  examples: ["periplus delete project sockshop"],
  async run({ args, io, host }) {
    const [name = ""] = args;
    const answer = z.looseObject({ message: z.string().optional() });
    const said = answer.parse((await host.client.delete(`${PATH}/${part(name)}`)) ?? {});
    say(io, host.quiet, name, said.message || `Project ${name} deleted`);
    return 0;
  },
});

export const getProject = hostCommand({
  args: "[NAME]",
  summary: "projects, or one of them",
  flags: OUTPUT,
  examples: ["periplus get projects", "periplus get project sockshop -o yaml"],
  async run({ args, flags, io, host }) {
    const [name] = args;
    const projects = name
      ? [await readProject(host.client, name)]
      : await listProjects(host.client);
    show(
      io,
      { ...flags, quiet: host.quiet },
      {
        data: name ? projects[0] : projects,
        names: projects.map(({ projectName }) => projectName),
        columns: ["NAME", "CREATION DATE", "SHIPYARD", "STAGES", "UPSTREAM"],
        rows: projects.map((project) => [
          project.projectName,
          dateOf(project.creationDate),
          project.shipyardVersion ?? "",
          project.stages.map(({ stageName }) => stageName).join(", "),
          project.gitCredentials?.remoteURL ?? "",
        ]),
      },
    );
    return 0;
  },
});

export function readProject(client: Client, name: string): Promise<KeptnProject> {
  return client.get(`${PATH}/${part(name)}`, projectModel);
}

/** The project, or undefined where there is none. */
export async function findProject(client: Client, name: string): Promise<KeptnProject | undefined> {
  try {
    return await readProject(client, name);
  } catch (error) {
    if (KeptnError.is(error, "ERR_NOT_FOUND")) return undefined;
    throw error;
  }
}

export async function listProjects(client: Client): Promise<KeptnProject[]> {
  const pages = await allPages((nextPageKey) =>
    client.get(PATH, projectsModel, { pageSize: 50, nextPageKey }),
  );
  return pages.flatMap(({ projects }) => projects);
}

/** Text of a shipyard that the host will take; else the fault with file and line. */
async function checkedShipyard(source: string, io: Io): Promise<string> {
  const shipyard = await readTextOrUrl(source, io);
  const read = validateShipyard(shipyard);
  const notes = read.ok ? read.warnings : read.problems;
  const lines = notes.map(({ line, column, message }) => `${source}:${line}:${column} ${message}`);
  if (!read.ok) throw new KeptnError("ERR_SHIPYARD_INVALID", lines.join("\n"));
  for (const line of lines) io.err.write(`warning: ${line}\n`);
  return shipyard;
}

/** Git access as the API wants it; undefined when no flag gives any. */
async function credentialsOf(
  flags: Values<typeof GIT>,
  io: Io,
): Promise<z.infer<typeof gitCredentialsInput> | undefined> {
  const remoteURL = flags["git-remote-url"];
  if (remoteURL === undefined) {
    if (flags["git-user"] || flags["git-token"]) throw usage("--git-user needs --git-remote-url");
    return undefined;
  }
  const user = flags["git-user"] ? { user: flags["git-user"] } : {};
  const key = flags["git-private-key"];
  if (key) {
    const privateKey = base64Of(await readText(key, io));
    const pass = flags["git-private-key-pass"];
    return { remoteURL, ...user, ssh: { privateKey, ...(pass ? { privateKeyPass: pass } : {}) } };
  }
  const pem = flags["git-pem-certificate"];
  return gitCredentialsInput.parse({
    remoteURL,
    ...user,
    https: {
      token: flags["git-token"] ?? "",
      insecureSkipTLS: flags["insecure-skip-tls"],
      ...(pem ? { certificate: base64Of(await readText(pem, io)) } : {}),
      ...(flags["git-proxy-url"] ? { proxy: proxyOf(flags) } : {}),
    },
  });
}

function proxyOf(flags: Values<typeof GIT>) {
  return {
    url: flags["git-proxy-url"],
    scheme: flags["git-proxy-scheme"] ?? "http",
    ...(flags["git-proxy-user"] ? { user: flags["git-proxy-user"] } : {}),
    ...(flags["git-proxy-password"] ? { password: flags["git-proxy-password"] } : {}),
  };
}

function say(io: Io, quiet: boolean, name: string, sentence: string): void {
  if (quiet) io.out.write(`${name}\n`);
  else io.err.write(`${sentence}\n`);
}
