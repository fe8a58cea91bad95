/** Finds projects, stages and services, or says in Keptn's words which one there is not. @module */
import { KeptnError } from "../../spec/errors.ts";
import { sql } from "../tables/statement.ts";
import type { HttpDeps, ProjectView, ServiceView, StageView } from "./deps.ts";

/** @throws {KeptnError} ERR_PROJECT_UNKNOWN */
export async function requireProject(deps: HttpDeps, name: string): Promise<void> {
  const [rows] = await deps.store.read([sql(`SELECT 1 AS n FROM project WHERE name = ?`, name)]);
  if (!rows?.length) throw unknownProject();
}

/** @throws {KeptnError} ERR_PROJECT_UNKNOWN */
export async function projectOf(deps: HttpDeps, name: string): Promise<ProjectView> {
  const project = await deps.projects.readProject(name);
  if (!project) throw unknownProject();
  return project;
}

/** @throws {KeptnError} ERR_STAGE_UNKNOWN */
export function stageOf(project: ProjectView, name: string): StageView {
  const stage = project.stages.find((candidate) => candidate.stageName === name);
  if (stage) return stage;
  throw new KeptnError("ERR_STAGE_UNKNOWN", "stage not found", {
    hint: `project ${project.projectName} has ${names(project.stages.map((one) => one.stageName))}`,
  });
}

/** @throws {KeptnError} ERR_SERVICE_UNKNOWN */
export function serviceOf(stage: StageView, name: string): ServiceView {
  const service = stage.services.find((candidate) => candidate.serviceName === name);
  if (service) return service;
  throw new KeptnError("ERR_SERVICE_UNKNOWN", "service not found", {
    hint: `stage ${stage.stageName} has ${names(stage.services.map((one) => one.serviceName))}`,
  });
}

function unknownProject(): KeptnError {
  return new KeptnError("ERR_PROJECT_UNKNOWN", "project not found", {
    hint: "GET /api/controlPlane/v1/project lists the projects",
  });
}

function names(list: readonly string[]): string {
  return list.length === 0 ? "none" : list.join(", ");
}
