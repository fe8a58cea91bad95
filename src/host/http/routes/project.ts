/** Projects and their stages (Keptn: http-api.md 2.2.2 to 2.2.7). @module */
import { z } from "zod";
import { KeptnError } from "../../../spec/errors.ts";
import {
  projectInput,
  projectModel,
  projectsModel,
  stageModel,
  stagesModel,
} from "../../../spec/models.ts";
import type { Api } from "../api.ts";
import { jsonBody } from "../body.ts";
import { paged, stringPage } from "../paging.ts";
import { projectOf, stageOf } from "../projects.ts";
import { empty, json } from "../reply.ts";

export const pageQuery = z.object({
  pageSize: z.string().optional(),
  nextPageKey: z.string().optional(),
  disableUpstreamSync: z.string().optional().meta({ description: "accepted, without effect" }),
});
const base = "/api/controlPlane/v1/project";
const access = "plane";

export function projectRoutes(api: Api): void {
  const { projects, settings } = api.deps;
  const list = {
    summary: "Projects by name",
    access,
    query: pageQuery,
    answer: projectsModel,
  } as const;
  api.route("get", base, list, async (context) => {
    const page = stringPage((name) => context.req.query(name));
    return json(context, paged("projects", await projects.listProjects(), page));
  });
  api.route(
    "get",
    `${base}/:project`,
    { summary: "One project", access, answer: projectModel },
    async (context) => {
      const name = context.req.param("project") ?? "";
      const project = await projects.readProject(name);
      if (project) return json(context, project);
      throw new KeptnError("ERR_PROJECT_UNKNOWN", `Project not found: ${name}`);
    },
  );
  const create = {
    summary: "Creates a project; the shipyard is base64",
    body: projectInput,
    status: 201,
  } as const;
  api.route("post", base, create, async (context) => {
    const body = await jsonBody(context, settings.maxBodyBytes);
    await projects.createProject(body, context.get("principal").name);
    return empty(201);
  });
  const update = {
    summary: "Changes a project; what is absent stays",
    body: projectInput,
    status: 201,
  } as const;
  api.route("put", base, update, async (context) => {
    const body = await jsonBody(context, settings.maxBodyBytes);
    await projects.updateProject(body, context.get("principal").name);
    return empty(201);
  });
  const remove = {
    summary: "Removes a project",
    answer: z.object({ message: z.string() }),
  } as const;
  api.route("delete", `${base}/:project`, remove, async (context) => {
    const name = context.req.param("project") ?? "";
    return json(context, await projects.deleteProject(name, context.get("principal").name));
  });
  stageRoutes(api);
}

function stageRoutes(api: Api): void {
  const list = {
    summary: "Stages of a project, alphabetically",
    access,
    query: pageQuery,
    answer: stagesModel,
  } as const;
  api.route("get", `${base}/:project/stage`, list, async (context) => {
    const page = stringPage((name) => context.req.query(name));
    const project = await projectOf(api.deps, context.req.param("project") ?? "");
    // Alphabetical here, in shipyard order in the project (Keptn: http-api.md 11, trap 19).
    const stages = project.stages.toSorted((a, b) => (a.stageName < b.stageName ? -1 : 1));
    return json(context, paged("stages", stages, page));
  });
  api.route(
    "get",
    `${base}/:project/stage/:stage`,
    { summary: "One stage", access, answer: stageModel },
    async (context) => {
      const project = await projectOf(api.deps, context.req.param("project") ?? "");
      return json(context, stageOf(project, context.req.param("stage") ?? ""));
    },
  );
}
