/** What Keptn's gateway kept from the outside (Keptn: http-api.md 1.3). @module */
import type { Api } from "../api.ts";

const base = "/api/resource-service/v1/project";
const INSTEAD = "projects, stages and services live under /api/controlPlane/v1/project";
const REMOVED = "resources of a service belong to a stage";

export function lifecycleRoutes(api: Api): void {
  for (const path of ["", "/:project", "/:project/stage", "/:project/stage/:stage"]) {
    api.deny(`${base}${path}`, INSTEAD);
  }
  const services = `${base}/:project/stage/:stage/service`;
  api.deny(services, INSTEAD);
  api.deny(`${services}/:service`, INSTEAD);
  const gone = `${base}/:project/service/:service/resource`;
  api.deny(gone, REMOVED);
  api.deny(`${gone}/*`, REMOVED);
}
