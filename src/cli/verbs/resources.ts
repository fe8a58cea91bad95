/** `add-resource`. @module */
import { KeptnError } from "../../spec/errors.ts";
import { resourcesInput, writtenModel } from "../../spec/resource_models.ts";
import { validateFile } from "../../spec/validate.ts";
import { type Client, part } from "../client.ts";
import { hostCommand } from "../command.ts";
import { base64Of, readBytes } from "../files.ts";
import { needed, text, toggle, usage } from "../flags.ts";
import { listStages } from "./services.ts";

export const addResource = hostCommand({
  summary: "put a file into a project, a stage or a service",
  flags: {
    project: needed("name of the project", { short: "p", value: "NAME" }),
    stage: text("into this stage", { short: "s", value: "NAME" }),
    "all-stages": toggle("into every stage"),
    service: text("into this service", { value: "NAME" }),
    resource: needed("local file", { short: "r", value: "FILE" }),
    resourceUri: text("its path in the project (default: as given)", { value: "PATH" }),
  },
  examples: [
    "periplus add-resource --project=sockshop --stage=staging --service=carts --resource=slo.yaml --resourceUri=slo.yaml",
  ],
  async run({ flags, io, host }) {
    const { project, stage, service } = flags;
    if (stage && flags["all-stages"]) throw usage("give --stage or --all-stages, not both");
    if (service && !stage && !flags["all-stages"]) {
      throw usage("--service needs --stage NAME or --all-stages");
    }
    const resourceURI = flags.resourceUri ?? flags.resource;
    const content = await readBytes(flags.resource, io);
    const isShipyard = resourceURI === "shipyard.yaml" && !stage && !flags["all-stages"];
    for (const fault of faultsOf(content, flags.resource, isShipyard)) {
      io.err.write(`warning: ${fault}\n`);
    }
    const resource = { resourceURI, resourceContent: base64Of(content) };
    const stages = flags["all-stages"]
      ? (await listStages(host.client, project)).map(({ stageName }) => stageName)
      : [stage];
    for (const target of stages) {
      const level = {
        project,
        ...(target ? { stage: target } : {}),
        ...(service ? { service } : {}),
      };
      const { commitID } = await writeResources(host.client, level, [resource]);
      const place = [project, target, service].filter(Boolean).join("/");
      if (host.quiet) io.out.write(`${commitID}\n`);
      else io.err.write(`Resource ${resource.resourceURI} added to ${place} at ${commitID}\n`);
    }
    return 0;
  },
});

/** What is wrong with a file of Keptn's formats. A shipyard would stop every delivery: it throws. */
function faultsOf(content: Uint8Array, file: string, isShipyard: boolean): string[] {
  const source = new TextDecoder().decode(content);
  const { kind, problems } = validateFile(source, file, isShipyard ? "shipyard" : undefined);
  if (kind === undefined) return [];
  const faults = problems.map(
    ({ line, column, message }) => `${file}:${line}:${column} ${message}`,
  );
  if (isShipyard && faults.length > 0) throw new KeptnError("ERR_FILE_INVALID", faults.join("\n"));
  return faults;
}

export interface ResourceLevel {
  readonly project: string;
  readonly stage?: string;
  readonly service?: string;
}

/** Path of a level in the resource API, up to `/resource`. */
export function resourcePath({ project, stage, service }: ResourceLevel): string {
  const below = stage ? `/stage/${part(stage)}${service ? `/service/${part(service)}` : ""}` : "";
  return `/resource-service/v1/project/${part(project)}${below}/resource`;
}

/** Commits files together; content is base64. */
export function writeResources(
  client: Client,
  level: ResourceLevel,
  resources: readonly { readonly resourceURI: string; readonly resourceContent: string }[],
) {
  const body = resourcesInput.parse({ resources });
  return client.post(resourcePath(level), body, writtenModel);
}
