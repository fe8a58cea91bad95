/** Creates and removes services, in all stages of a project (Keptn: http-api.md 2.2.8). @module */
import { KeptnError } from "../../spec/errors.ts";
import type { Json } from "../../spec/json.ts";
import type { Resources } from "../ports/resources.ts";
import { GuardFailed } from "../ports/store.ts";
import { deleteLastEventsOfService } from "../tables/last_event_table.ts";
import { deleteService, insertService } from "../tables/service_table.ts";
import { announced, type AnnounceOptions } from "./announce.ts";
import { type Limits, readService } from "./input.ts";
import type { ProjectReader } from "./view.ts";

export interface ServicesOptions extends AnnounceOptions {
  readonly resources: Resources;
  readonly limits: Limits;
  readonly readProject: ProjectReader["readProject"];
}
export interface Services {
  /** Body of POST /v1/project/{project}/service, as parsed JSON. */
  createService(project: string, body: Json, principal: string): Promise<void>;
  /** A service that does not exist is no error; sequences that run are left alone. */
  deleteService(project: string, service: string, principal: string): Promise<void>;
}

export function createServices(options: ServicesOptions): Services {
  const { resources, clock, limits, readProject } = options;

  async function stagesOf(project: string): Promise<string[]> {
    const view = await readProject(project);
    if (view) return view.stages.map(({ stageName }) => stageName);
    throw new KeptnError(
      "ERR_PROJECT_UNKNOWN",
      `could not get stages of project ${project}: project not found`,
      // Keptn answered 500 here.
      { status: 500, hint: "GET /api/controlPlane/v1/project lists the projects" },
    );
  }

  return {
    async createService(project, body, principal) {
      const service = readService(body, limits);
      const data = { project, service };
      const operation = { subject: "service.create", data, principal, started: true } as const;
      await announced(options, operation, async () => {
        const stages = await stagesOf(project);
        const row = insertService(project, service, stages, clock.now());
        await resources.createService(project, service, stages, [row]).catch((error: unknown) => {
          const taken = error instanceof GuardFailed || KeptnError.is(error, "ERR_SERVICE_EXISTS");
          throw taken
            ? new KeptnError("ERR_SERVICE_EXISTS", "service already exists", data)
            : error;
        });
      });
    },

    async deleteService(project, service, principal) {
      const data = { project, service };
      const operation = { subject: "service.delete", data, principal, started: true } as const;
      await announced(options, operation, async () => {
        await resources.deleteService(project, service, await stagesOf(project), [
          deleteService(project, service),
          deleteLastEventsOfService(project, service),
        ]);
      });
    },
  };
}
