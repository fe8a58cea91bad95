/** Creates, changes and removes projects (Keptn: http-api.md 2.2.4 to 2.2.6). @module */
import { KeptnError } from "../../spec/errors.ts";
import type { Json, JsonObject } from "../../spec/json.ts";
import { parseShipyard } from "../../spec/shipyard_file.ts";
import type { Controller } from "../engine/controller_types.ts";
import type { Clock, Ids } from "../ports/clock.ts";
import type { Resources } from "../ports/resources.ts";
import type { Secrets } from "../ports/secrets.ts";
import { GuardFailed, type Store } from "../ports/store.ts";
import { guardIdleStages, selectOpenContexts } from "../tables/execution_query_table.ts";
import {
  insertProject,
  type ProjectRow,
  readProject,
  selectProject,
  updateProjectBody,
} from "../tables/project_table.ts";
import { announced } from "./announce.ts";
import { type GitCredentials, secretData, secretOf, upstreamOf } from "./credentials.ts";
import { type Limits, readNewProject, readProjectUpdate } from "./input.ts";
import { beginRemoval, endRemoval, openRemovals, purgeProject } from "./removal.ts";
import { createServices, type Services } from "./services.ts";
import { createProjectReader, type ProjectReader } from "./view.ts";

export interface ProjectsOptions {
  readonly store: Store;
  readonly resources: Resources;
  readonly controller: Pick<Controller, "accept">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secrets: Pick<Secrets, "create" | "update" | "delete">;
  readonly limits?: Limits;
  /** Called for a project that is gone: removes what others keep of it. */
  readonly forget?: (project: string) => Promise<void>;
}

export interface Projects extends ProjectReader, Services {
  /** Body of POST /v1/project, as parsed JSON. */
  createProject(body: Json, principal: string): Promise<void>;
  /** Body of PUT /v1/project; what is absent stays. */
  updateProject(body: Json, principal: string): Promise<void>;
  /** Removes what there is; the sentence tells what remains for the user to do. */
  deleteProject(name: string, principal: string): Promise<{ readonly message: string }>;
  /** Ends the deletions that an earlier host could not; to be called at start. */
  resume(): Promise<void>;
}

const LIMITS: Limits = { projectName: 200, serviceName: 43 };

export function createProjects(options: ProjectsOptions): Projects {
  const { store, resources, clock, secrets } = options;
  const limits = options.limits ?? LIMITS;
  const reader = createProjectReader(store);

  async function find(name: string): Promise<ProjectRow | null> {
    const [rows] = await store.read([selectProject(name)]);
    return rows![0] ? readProject(rows![0]) : null;
  }

  async function keepCredentials(project: string, credentials: GitCredentials): Promise<void> {
    const { name, scope } = secretOf(project);
    const data = secretData(credentials);
    await secrets.create(name, scope, data).catch((error: unknown) => {
      if (!KeptnError.is(error, "ERR_SECRET_EXISTS")) throw error;
      return secrets.update(name, scope, data);
    });
  }
  async function dropCredentials(project: string): Promise<void> {
    const { name, scope } = secretOf(project);
    await secrets.delete(name, scope).catch((error: unknown) => {
      if (!KeptnError.is(error, "ERR_SECRET_UNKNOWN")) throw error;
    });
  }

  async function purge(project: string): Promise<void> {
    await purgeProject(store, project);
    await options.forget?.(project);
  }

  /** Refuses to take away stages in which something runs or waits. */
  async function refuseBusy(project: string, stages: readonly string[]): Promise<void> {
    const [rows] = await store.read([selectOpenContexts(project, stages)]);
    if (rows!.length === 0) return;
    const open = rows!.map(({ stage, context }) => `${String(context)} in ${String(stage)}`);
    throw new KeptnError(
      "ERR_CONFLICT",
      `stage name cannot be changed or removed while it has open sequences: ${open.join(", ")}`,
      { hint: "wait for them or abort them, then update the project again" },
    );
  }

  /** Tells what could not be removed. */
  async function remove(
    project: string,
    principal: string,
    begin: () => Promise<void>,
  ): Promise<string> {
    const operation = { subject: "project.delete", data: { project }, principal } as const;
    let left = "";
    await announced(options, { ...operation, started: false }, async () => {
      await begin();
      await purge(project);
      // Keptn: orchestration.md 19.2, PRJ-11: a secret that stays does not fail the deletion.
      await dropCredentials(project).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        left = `Its git credentials could not be removed: ${why}\n`;
      });
    });
    await store.write([endRemoval(project)]);
    return left;
  }

  return {
    ...reader,
    ...createServices({ ...options, limits, readProject: reader.readProject }),

    async createProject(body, principal) {
      const { name, shipyard, credentials } = readNewProject(body, limits);
      const known = await find(name);
      if (!known) {
        await purge(name);
        await store.write([endRemoval(name)]);
      }
      const operation = { subject: "project.create", data: { project: name }, principal } as const;
      await announced(options, { ...operation, started: true }, async () => {
        if (known) throw projectExists(name);
        const row = {
          name,
          shipyard: shipyard.text,
          created: clock.now(),
          body: credentials ? { upstream: upstreamOf(credentials) } : {},
        };
        if (credentials) await keepCredentials(name, credentials);
        try {
          await resources.createProject(name, shipyard.text, shipyard.stages, [insertProject(row)]);
        } catch (error) {
          const lost = error instanceof GuardFailed || KeptnError.is(error, "ERR_PROJECT_EXISTS");
          if (lost) throw projectExists(name);
          if (credentials) await dropCredentials(name);
          throw error;
        }
        const remote: JsonObject = credentials ? { gitRemoteURL: credentials.remoteURL } : {};
        return { createdProject: { projectName: name, ...remote, shipyard: shipyard.base64 } };
      });
    },

    async updateProject(body) {
      const { name, shipyard, credentials } = readProjectUpdate(body);
      const known = await find(name);
      if (!known) throw new KeptnError("ERR_PROJECT_UNKNOWN", `failed to get project: '${name}'`);
      const removed = shipyard ? stagesOf(known).filter((s) => !shipyard.stages.includes(s)) : [];
      await refuseBusy(name, removed);
      if (credentials) await keepCredentials(name, credentials);
      const remembered = credentials
        ? [updateProjectBody(name, { ...known.body, upstream: upstreamOf(credentials) })]
        : [];
      if (!shipyard) {
        if (remembered.length > 0) await store.write(remembered);
        return;
      }
      const along = [guardIdleStages(name, removed), ...remembered];
      await resources.updateShipyard(name, shipyard.text, removed, along).catch(async (error) => {
        if (error instanceof GuardFailed) await refuseBusy(name, removed);
        throw error;
      });
    },

    async deleteProject(name, principal) {
      const known = await find(name);
      const left = await remove(name, principal, () =>
        resources.deleteProject(name, beginRemoval(name, principal)),
      );
      const upstream = known?.body.upstream?.remoteURL;
      const kept = upstream
        ? `The Git upstream of the project will not be deleted: ${upstream}\n`
        : "";
      const spaces = `Namespaces of its stages, such as ${name}-STAGE, have to be removed by hand.`;
      const said = known ? `Project ${name} is deleted.` : `There is no project ${name}.`;
      return { message: `${said}\n${kept}${left}${spaces}` };
    },

    async resume() {
      for (const { project, principal } of await openRemovals(store)) {
        await remove(project, principal, async () => {});
      }
    },
  };
}

function stagesOf(project: ProjectRow): string[] {
  const read = parseShipyard(project.shipyard);
  return read.ok ? read.shipyard.stages.map(({ name }) => name) : [];
}

function projectExists(name: string): KeptnError {
  return new KeptnError(
    "ERR_PROJECT_EXISTS",
    `could not create project '${name}': project already exists`,
  );
}
