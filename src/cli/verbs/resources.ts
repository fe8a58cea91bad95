/** `add-resource`. @module */
import { resourcesInput, writtenModel } from "../../spec/resource_models.ts";
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
    const resource = {
      resourceURI: flags.resourceUri ?? flags.resource,
      resourceContent: base64Of(await readBytes(flags.resource, io)),
    };
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
