/** Projects as plain rows, for tests of other parts. @module */
import type { Projects, ProjectView } from "../../src/host/http/deps.ts";
import type { Clock } from "../../src/host/ports/clock.ts";
import type { Resources } from "../../src/host/ports/resources.ts";
import type { Row, Store } from "../../src/host/ports/store.ts";
import {
  insertProject,
  readProject,
  selectProject,
  selectProjects,
} from "../../src/host/tables/project_table.ts";
import { insertService } from "../../src/host/tables/service_table.ts";
import { sql } from "../../src/host/tables/statement.ts";
import { at, type Json } from "../../src/spec/json.ts";

export function plainProjects(store: Store, resources: Resources, clock: Clock): Projects {
  async function view(row: Row): Promise<ProjectView> {
    const { name, shipyard, created } = readProject(row);
    const [services = []] = await store.read([
      sql(`SELECT stage, name FROM service WHERE project = ? ORDER BY name`, name),
    ]);
    const stages = stagesOf(shipyard).map((stageName) => ({
      stageName,
      services: services
        .filter(({ stage }) => stage === stageName)
        .map((one) => ({ serviceName: String(one.name) })),
    }));
    return { projectName: name, creationDate: `${created}000000`, shipyard, stages };
  }
  return {
    async createProject(body) {
      const name = String(at(body, "name"));
      const shipyard = atob(String(at(body, "shipyard")));
      const row = insertProject({ name, shipyard, created: clock.now(), body: {} });
      await resources.createProject(name, shipyard, stagesOf(shipyard), [row]);
    },
    updateProject: async () => undefined,
    deleteProject: async () => ({ message: "" }),
    async createService(project, body: Json) {
      const [rows] = await store.read([selectProject(project)]);
      const stages = stagesOf(readProject(rows![0]!).shipyard);
      const name = String(at(body, "serviceName"));
      await resources.createService(project, name, stages, [
        insertService(project, name, stages, clock.now()),
      ]);
    },
    deleteService: async () => undefined,
    async listProjects() {
      const [rows = []] = await store.read([selectProjects()]);
      return Promise.all(rows.map(view));
    },
    async readProject(name) {
      const [rows = []] = await store.read([selectProject(name)]);
      return rows[0] ? view(rows[0]) : null;
    },
  };
}

function stagesOf(shipyard: string): string[] {
  return [...shipyard.matchAll(/^ {4}- name: (\S+)/gm)].map(([, name]) => name!);
}
