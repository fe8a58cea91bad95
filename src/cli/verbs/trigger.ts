/** `trigger delivery`, `trigger evaluation`, `trigger sequence`. @module */
import { sequenceType } from "../../spec/event_type.ts";
import { KeptnError } from "../../spec/errors.ts";
import type { Json, JsonObject } from "../../spec/json.ts";
import { eventContext, evaluationInput } from "../../spec/models.ts";
import { didYouMean } from "../../spec/near.ts";
import { part } from "../client.ts";
import { hostCommand } from "../command.ts";
import type { Connection } from "../connect.ts";
import { list, needed, oneOf, pairs, text, usage, type Values } from "../flags.ts";
import type { Io } from "../io.ts";
import { WAIT, waitFor } from "../wait.ts";
import { readProject } from "./projects.ts";
import { postEvent, saidRefused } from "./send.ts";

const SOURCE = "https://github.com/keptn/keptn/cli#configuration-change";
const SCOPE = {
  project: needed("name of the project", { short: "p", value: "NAME" }),
  service: needed("name of the service", { value: "NAME" }),
};
const COMMON = {
  labels: pairs("labels of the run", { short: "l" }),
  "git-commit-id": text("commit of the project's files (default: the newest)", { value: "SHA" }),
  output: oneOf("format of the context (default: text)", ["json", "yaml", "name"], { short: "o" }),
  ...WAIT,
};

export const triggerDelivery = hostCommand({
  summary: "deliver an image",
  flags: {
    ...SCOPE,
    image: text("image with its tag", { value: "NAME:TAG" }),
    tag: text("Keptn's old flag: the tag, beside --image", { value: "TAG", hidden: true }),
    stage: text("stage to begin in (default: the first)", { short: "s", value: "NAME" }),
    sequence: text("sequence to start (default: delivery)", { value: "NAME" }),
    values: list("values of the deployment, repeatable", { value: "PATH=VALUE" }),
    ...COMMON,
  },
  examples: [
    "periplus trigger delivery --project=sockshop --service=carts --image=carts:1.0.1 --wait",
  ],
  async run({ flags, io, host }) {
    const { image, tag } = flags;
    if (!image) throw usage("--image is needed: an image with its tag, such as carts:1.0.1");
    const values = {
      ...valuesOf(flags.values, "--values"),
      image: tag ? `${image}:${tag}` : image,
    };
    const sequence = flags.sequence ?? "delivery";
    const data = { configurationChange: { values } };
    return triggered(host, io, { ...flags, sequence, data }, flags);
  },
});

export const triggerSequence = hostCommand({
  args: "NAME",
  summary: "start any sequence of a stage",
  flags: {
    ...SCOPE,
    stage: text("stage (default: the first)", { short: "s", value: "NAME" }),
    data: list("further data of the event, repeatable", { short: "d", value: "PATH=VALUE" }),
    ...COMMON,
  },
  examples: [
    "periplus trigger sequence hello --project=sockshop --service=carts --stage=dev --wait",
  ],
  run: ({ args, flags, io, host }) =>
    triggered(
      host,
      io,
      { ...flags, sequence: args[0]!, data: valuesOf(flags.data, "--data") },
      flags,
    ),
});

export const triggerEvaluation = hostCommand({
  summary: "judge a service by its SLO over a time frame",
  flags: {
    ...SCOPE,
    stage: needed("stage", { short: "s", value: "NAME" }),
    timeframe: text("length of the time frame (default: 5m)", { value: "DURATION" }),
    start: text("its begin, RFC 3339", { value: "TIME" }),
    end: text("its end, RFC 3339", { value: "TIME" }),
    ...COMMON,
  },
  examples: [
    "periplus trigger evaluation --project=sockshop --stage=staging --service=carts --timeframe=5m --wait",
  ],
  async run({ flags, io, host }) {
    const { project, stage, service, timeframe, start, end, labels } = flags;
    const body = evaluationInput.parse({
      ...(start ? { start } : {}),
      ...(end ? { end } : {}),
      ...(timeframe ? { timeframe } : {}),
      ...(flags["git-commit-id"] ? { gitcommitid: flags["git-commit-id"] } : {}),
      labels,
    });
    const path = `/controlPlane/v1/project/${part(project)}/stage/${part(stage)}/service/${part(service)}/evaluation`;
    const { keptnContext } = await host.client.post(path, body, eventContext);
    announce(io, host, keptnContext, flags);
    return waitFor({ host, io, project, keptnContext }, flags);
  },
});

interface Trigger {
  readonly project: string;
  readonly service: string;
  readonly stage?: string | undefined;
  readonly sequence: string;
  readonly data: JsonObject;
}
type CommonFlags = Values<typeof COMMON>;

async function triggered(
  host: Connection,
  io: Io,
  { project, service, stage: wanted, sequence, data }: Trigger,
  flags: CommonFlags,
): Promise<number> {
  const stage = await stageFor(host, project, service, wanted);
  const commit = flags["git-commit-id"];
  const { keptnContext, refused } = await postEvent(host.client, {
    type: sequenceType(stage, sequence, "triggered"),
    source: SOURCE,
    specversion: "1.0",
    contenttype: "application/json",
    ...(commit ? { gitcommitid: commit } : {}),
    data: {
      project,
      stage,
      service,
      ...(Object.keys(flags.labels).length > 0 ? { labels: flags.labels } : {}),
      ...data,
    },
  });
  announce(io, host, keptnContext, flags);
  return refused ? saidRefused(io, refused) : waitFor({ host, io, project, keptnContext }, flags);
}

/** Scripts cut the context out of this line. */
function announce(io: Io, host: Connection, keptnContext: string, flags: CommonFlags): void {
  if (flags.output === "json") io.out.write(`${JSON.stringify({ keptnContext })}\n`);
  else if (flags.output === "yaml") io.out.write(`keptnContext: ${keptnContext}\n`);
  else if (flags.output === "name" || host.quiet) io.out.write(`${keptnContext}\n`);
  else io.out.write(`ID of Keptn context: ${keptnContext}\n`);
}

/** The stage to begin in; what does not exist is said before anything is sent. */
async function stageFor(
  host: Connection,
  project: string,
  service: string,
  wanted: string | undefined,
): Promise<string> {
  const { stages } = await readProject(host.client, project);
  const names = stages.map(({ stageName }) => stageName);
  const stage = wanted ? stages.find(({ stageName }) => stageName === wanted) : stages[0];
  if (!stage) {
    const near = wanted ? didYouMean(wanted, names) : "";
    const said = wanted
      ? `no stage ${wanted} in project ${project}${near}`
      : `project ${project} has no stage`;
    throw new KeptnError("ERR_STAGE_UNKNOWN", `${said}: it has ${names.join(", ") || "none"}`);
  }
  const services = stage.services.map(({ serviceName }) => serviceName);
  if (!services.includes(service)) {
    const near = didYouMean(service, services);
    const has = services.join(", ") || "none";
    throw new KeptnError(
      "ERR_SERVICE_UNKNOWN",
      `no service ${service} in stage ${stage.stageName}${near}: it has ${has}; periplus create service ${service} --project=${project}`,
    );
  }
  return stage.stageName;
}

/** `a.b=c` as nested objects; every value is a text, and only the first `=` splits. */
function valuesOf(written: readonly string[], flag: string): JsonObject {
  const values: JsonObject = {};
  for (const pair of written) {
    const [, path, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (!path || value === undefined) throw usage(`${flag} must be PATH=VALUE, not ${pair}`);
    setPath(values, path.trim().split("."), value);
  }
  return values;
}

function setPath(target: JsonObject, [key, ...rest]: readonly string[], value: Json): void {
  const name = key!;
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const next = target[name];
  const below: JsonObject =
    typeof next === "object" && next !== null && !Array.isArray(next) ? next : {};
  target[name] = below;
  setPath(below, rest, value);
}
