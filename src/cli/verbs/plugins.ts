/** `plugin list`, `plugin allow`, `plugin deny`. @module */
import { z } from "zod";
import { part } from "../client.ts";
import { hostCommand } from "../command.ts";
import { list, text, toggle, usage } from "../flags.ts";
import { OUTPUT, show } from "../output.ts";

const names = z.array(z.string()).default([]);
const pluginModel = z.looseObject({
  name: z.string(),
  version: z.string().nullish(),
  state: z.string(),
  tasks: names,
  on: names,
  waitsFor: names,
  permitWith: z.string().optional(),
  error: z.string().nullish(),
  older: z.array(z.looseObject({ version: z.string() })).default([]),
});
const pluginsModel = z.looseObject({ plugins: z.array(pluginModel) });
const PATH = "/periplus/v1/plugins";

export const pluginList = hostCommand({
  summary: "installed plugins: versions, state, what they ask for and lack",
  flags: OUTPUT,
  examples: ["periplus plugin list", "periplus plugin list -o json"],
  async run({ flags, io, host }) {
    const { plugins } = await host.client.get(PATH, pluginsModel);
    show(
      io,
      { ...flags, quiet: host.quiet },
      {
        data: plugins,
        names: plugins.map(({ name }) => name),
        columns: ["NAME", "VERSION", "STATE", "ANSWERS", "NOTE"],
        rows: plugins.map((plugin) => [
          plugin.name,
          plugin.version ?? "",
          plugin.state,
          [...plugin.tasks, ...plugin.on].join(", "),
          noteOf(plugin),
        ]),
      },
    );
    return 0;
  },
});

/** What the operator may have to do, or wants to know. */
function noteOf({ error, waitsFor, permitWith, older }: z.infer<typeof pluginModel>): string {
  if (error) return error;
  if (waitsFor.length > 0) return permitWith ?? `waits for ${waitsFor.join(", ")}`;
  return older
    .map(({ version, runs }) => `${String(runs ?? "some")} runs on ${version}`)
    .join(", ");
}

export const pluginAllow = hostCommand({
  args: "NAME",
  summary: "grant a plugin addresses, secrets or events",
  flags: {
    http: list("origin, host:port or CIDR, repeatable", { value: "ADDRESS" }),
    secret: list("name of a secret, repeatable", { value: "NAME" }),
    event: list("type of events it may send, repeatable", { value: "TYPE" }),
    write: toggle("it may change files of projects"),
    project: text("only in this project", { short: "p", value: "NAME" }),
  },
  examples: ["periplus plugin allow prometheus --http http://127.0.0.1:9090 --project=sockshop"],
  async run({ args, flags, io, host }) {
    const { http, secret, event, write, project } = flags;
    if (http.length + secret.length + event.length === 0 && !write) {
      throw usage("plugin allow needs --http ADDRESS, --secret NAME, --event TYPE or --write");
    }
    const grant = {
      ...(project ? { project } : {}),
      ...(http.length > 0 ? { http } : {}),
      ...(secret.length > 0 ? { secrets: secret } : {}),
      ...(event.length > 0 ? { events: event } : {}),
      ...(write ? { resources: "write" } : {}),
    };
    await host.client.put(`${PATH}/${part(args[0]!)}/grant`, grant, z.unknown());
    const what = [
      ...http,
      ...secret.map((one) => `secret ${one}`),
      ...event,
      write ? "writing" : "",
    ];
    const where = project ? ` in project ${project}` : "";
    io.err.write(`Plugin ${args[0]} may now use ${what.filter(Boolean).join(", ")}${where}\n`);
    return 0;
  },
});

export const pluginDeny = hostCommand({
  args: "NAME",
  summary: "take back what a plugin was granted",
  flags: { project: text("only its grants for this project", { short: "p", value: "NAME" }) },
  examples: ["periplus plugin deny prometheus --project=sockshop"],
  async run({ args, flags, io, host }) {
    await host.client.delete(`${PATH}/${part(args[0]!)}/grant`, { project: flags.project });
    io.err.write(`Grants of plugin ${args[0]} are taken back\n`);
    return 0;
  },
});
