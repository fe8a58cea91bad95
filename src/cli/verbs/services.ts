/** Stages and services. @module */
import { z } from "zod";
import {
  type KeptnService,
  type KeptnStage,
  servicesModel,
  stagesModel,
} from "../../spec/models.ts";
import { allPages, type Client, part } from "../client.ts";
import { hostCommand } from "../command.ts";
import { needed, text } from "../flags.ts";
import { OUTPUT, show } from "../output.ts";
import { dateOf } from "../times.ts";
import { listProjects } from "./projects.ts";

const anything = z.unknown();

export const getStage = hostCommand({
  args: "[NAME]",
  summary: "stages of a project",
  flags: { project: needed("name of the project", { short: "p", value: "NAME" }), ...OUTPUT },
  examples: ["periplus get stages --project=sockshop"],
  async run({ args, flags, io, host }) {
    const all = await listStages(host.client, flags.project);
    const stages = all.filter(({ stageName }) => !args[0] || stageName === args[0]);
    show(
      io,
      { ...flags, quiet: host.quiet },
      {
        data: stages,
        names: stages.map(({ stageName }) => stageName),
        columns: ["NAME", "SERVICES", "FOLLOWS"],
        rows: stages.map(({ stageName, services, parentStages }) => [
          stageName,
          services.map(({ serviceName }) => serviceName).join(", "),
          (parentStages ?? []).join(", "),
        ]),
      },
    );
    return 0;
  },
});

export const getService = hostCommand({
  args: "[NAME]",
  summary: "services of a project, or of all",
  flags: { project: text("only this project", { short: "p", value: "NAME" }), ...OUTPUT },
  examples: ["periplus get services --project=sockshop", "periplus get service carts -o json"],
  async run({ args, flags, io, host }) {
    const projects = await listProjects(host.client);
    const found = projects
      .filter(({ projectName }) => !flags.project || projectName === flags.project)
      .flatMap(({ projectName, stages }) =>
        stages.flatMap(({ stageName, services }) =>
          services.map((service) => ({ project: projectName, stage: stageName, ...service })),
        ),
      )
      .filter(({ serviceName }) => !args[0] || serviceName === args[0]);
    show(
      io,
      { ...flags, quiet: host.quiet },
      {
        data: found,
        names: [...new Set(found.map(({ serviceName }) => serviceName))],
        columns: ["NAME", "PROJECT", "STAGE", "CREATION DATE", "IMAGE"],
        rows: found.map(({ serviceName, project, stage, creationDate, deployedImage }) => [
          serviceName,
          project,
          stage,
          dateOf(creationDate),
          deployedImage ?? "",
        ]),
      },
    );
    return 0;
  },
});

export const createService = hostCommand({
  args: "NAME",
  summary: "create a service in all stages of a project",
  flags: { project: needed("name of the project", { short: "p", value: "NAME" }) },
  examples: ["periplus create service carts --project=sockshop"],
  async run({ args, flags, io, host }) {
    const [serviceName = ""] = args;
    const path = `/controlPlane/v1/project/${part(flags.project)}/service`;
    await host.client.post(path, { serviceName }, anything);
    if (host.quiet) io.out.write(`${serviceName}\n`);
    else io.err.write(`Service ${serviceName} created successfully\n`);
    return 0;
  },
});

export const deleteService = hostCommand({
  args: "NAME",
  summary: "remove a service from all stages of a project",
  flags: { project: needed("name of the project", { short: "p", value: "NAME" }) },
  examples: ["periplus delete service carts --project=sockshop"],
  async run({ args, flags, io, host }) {
    const [service = ""] = args;
    await host.client.delete(
      `/controlPlane/v1/project/${part(flags.project)}/service/${part(service)}`,
    );
    if (host.quiet) io.out.write(`${service}\n`);
    else io.err.write(`Service ${service} deleted successfully\n`);
    return 0;
  },
});

/** Stages by name, as Keptn listed them. */
export async function listStages(client: Client, project: string): Promise<KeptnStage[]> {
  const path = `/controlPlane/v1/project/${part(project)}/stage`;
  const pages = await allPages((nextPageKey) =>
    client.get(path, stagesModel, { pageSize: 50, nextPageKey }),
  );
  return pages.flatMap(({ stages }) => stages);
}

export async function listServices(
  client: Client,
  project: string,
  stage: string,
): Promise<KeptnService[]> {
  const path = `/controlPlane/v1/project/${part(project)}/stage/${part(stage)}/service`;
  const pages = await allPages((nextPageKey) =>
    client.get(path, servicesModel, { pageSize: 50, nextPageKey }),
  );
  return pages.flatMap(({ services }) => services);
}
