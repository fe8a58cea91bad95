/** Services of the stages (Keptn: http-api.md 2.2.8). @module */
import { z } from "zod";
import { serviceInput, serviceModel, servicesModel } from "../../../spec/models.ts";
import type { Api } from "../api.ts";
import { jsonBody } from "../body.ts";
import { paged, stringPage } from "../paging.ts";
import { projectOf, serviceOf, stageOf } from "../projects.ts";
import { json } from "../reply.ts";
import { pageQuery } from "./project.ts";

const base = "/api/controlPlane/v1/project/:project";
const message = z.object({ message: z.string() });
const access = "plane";

export function serviceRoutes(api: Api): void {
  const { deps } = api;
  const ofStage = `${base}/stage/:stage/service`;
  const list = {
    summary: "Services of a stage",
    access,
    query: pageQuery,
    answer: servicesModel,
  } as const;
  api.route("get", ofStage, list, async (context) => {
    const page = stringPage((name) => context.req.query(name));
    const project = await projectOf(deps, context.req.param("project") ?? "");
    const stage = stageOf(project, context.req.param("stage") ?? "");
    return json(context, paged("services", stage.services, page));
  });
  api.route(
    "get",
    `${ofStage}/:service`,
    { summary: "One service of a stage", access, answer: serviceModel },
    async (context) => {
      const project = await projectOf(deps, context.req.param("project") ?? "");
      const stage = stageOf(project, context.req.param("stage") ?? "");
      return json(context, serviceOf(stage, context.req.param("service") ?? ""));
    },
  );
  const create = {
    summary: "Creates a service in all stages",
    body: serviceInput,
    answer: message,
  } as const;
  api.route("post", `${base}/service`, create, async (context) => {
    const body = await jsonBody(context, deps.settings.maxBodyBytes);
    const project = context.req.param("project") ?? "";
    await deps.projects.createService(project, body, context.get("principal").name);
    return json(context, { message: "" });
  });
  const remove = { summary: "Removes a service from all stages", answer: message } as const;
  api.route("delete", `${base}/service/:service`, remove, async (context) => {
    const project = context.req.param("project") ?? "";
    const service = context.req.param("service") ?? "";
    await deps.projects.deleteService(project, service, context.get("principal").name);
    return json(context, { message: "" });
  });
}
