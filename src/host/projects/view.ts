/** Projects as Keptn showed them (Keptn: http-api.md 2.2.2, orchestration.md 17). @module */
import { textAt } from "../../spec/json.ts";
import { parentStages, type Shipyard } from "../../spec/shipyard.ts";
import { parseShipyard } from "../../spec/shipyard_file.ts";
import { readYaml } from "../../spec/yaml.ts";
import type { Store } from "../ports/store.ts";
import { readBranch, selectBranches } from "../tables/branch_table.ts";
import {
  type LastEventRow,
  readLastEvent,
  selectAllLastEvents,
  selectLastEvents,
} from "../tables/last_event_table.ts";
import {
  type ProjectRow,
  readProject,
  selectProject,
  selectProjects,
  type Upstream,
} from "../tables/project_table.ts";
import {
  readService,
  selectAllServices,
  selectServices,
  type ServiceRow,
} from "../tables/service_table.ts";

export interface ServiceView {
  readonly serviceName: string;
  /** Nanoseconds since 1970, like all times here. */
  readonly creationDate: string;
  readonly deployedImage?: string;
  readonly lastEventTypes?: {
    readonly [type: string]: {
      readonly eventId: string;
      readonly keptnContext: string;
      readonly time: string;
    };
  };
  readonly openRemediations: null;
  readonly [field: string]: unknown;
}
export interface StageView {
  readonly stageName: string;
  readonly services: readonly ServiceView[];
  readonly parentStages?: readonly string[];
  readonly [field: string]: unknown;
}
export interface ProjectView {
  readonly projectName: string;
  readonly creationDate: string;
  /** Plain YAML. */
  readonly shipyard: string;
  readonly shipyardVersion: string;
  readonly stages: readonly StageView[];
  readonly gitCredentials?: Upstream;
  readonly isUpstreamAutoProvisioned: boolean;
  readonly [field: string]: unknown;
}

interface ReadShipyard {
  readonly version: string;
  readonly shipyard: Shipyard | undefined;
}

const VERSION_WITHOUT = "spec.keptn.sh/0.1.7";
const DEPLOYED = "sh.keptn.event.deployment.finished";
const MOST_PARSED = 100;

export interface ProjectReader {
  /** All projects by name. */
  listProjects(): Promise<readonly ProjectView[]>;
  readProject(name: string): Promise<ProjectView | null>;
}

/** Reads project views from the tables; shipyards that are known already are not parsed again. */
export function createProjectReader(store: Store): ProjectReader {
  const parsed = new Map<string, ReadShipyard>();

  function shipyardOf(text: string): ReadShipyard {
    let read = parsed.get(text);
    if (!read) {
      const parse = parseShipyard(text);
      const version = textAt(readYaml(text).value, "apiVersion") || VERSION_WITHOUT;
      read = { version, shipyard: parse.ok ? parse.shipyard : undefined };
      if (parsed.size >= MOST_PARSED) parsed.clear();
      parsed.set(text, read);
    }
    return read;
  }

  async function show(
    project: ProjectRow,
    services: readonly ServiceRow[],
    events: readonly LastEventRow[],
  ): Promise<ProjectView> {
    const { version, shipyard } = shipyardOf(project.shipyard);
    const parents = new Map(shipyard?.stages.map((stage) => [stage.name, parentStages(stage)]));
    const names = shipyard ? parents.keys() : await branchNames(store, project.name);
    const byStage = groupBy(services, ({ stage }) => stage);
    const byService = groupBy(events, ({ stage, service }) => `${stage}/${service}`);
    return {
      projectName: project.name,
      creationDate: nanoseconds(project.created),
      shipyard: project.shipyard,
      shipyardVersion: version,
      stages: [...names].map((stageName) => {
        const above = parents.get(stageName) ?? [];
        const rows = byStage.get(stageName) ?? [];
        return {
          stageName,
          services: rows.map((row) => serviceView(row, byService.get(`${stageName}/${row.name}`))),
          ...(above.length > 0 ? { parentStages: above } : {}),
        };
      }),
      ...(project.body.upstream ? { gitCredentials: project.body.upstream } : {}),
      isUpstreamAutoProvisioned: false,
    };
  }

  return {
    async listProjects() {
      const [projects, services, events] = await store.read([
        selectProjects(),
        selectAllServices(),
        selectAllLastEvents(),
      ]);
      const servicesOf = groupBy(services!.map(readService), ({ project }) => project);
      const eventsOf = groupBy(events!.map(readLastEvent), ({ project }) => project);
      const rows = projects!.map(readProject);
      return Promise.all(
        rows.map((row) => show(row, servicesOf.get(row.name) ?? [], eventsOf.get(row.name) ?? [])),
      );
    },

    async readProject(name) {
      const [projects, services, events] = await store.read([
        selectProject(name),
        selectServices(name),
        selectLastEvents(name),
      ]);
      const row = projects![0];
      if (!row) return null;
      return show(readProject(row), services!.map(readService), events!.map(readLastEvent));
    },
  };
}

function serviceView(row: ServiceRow, events: readonly LastEventRow[] = []): ServiceView {
  const image = events.find(({ type }) => type === DEPLOYED)?.image;
  const types = events.map(({ type, event, context, at }) => {
    return [type, { eventId: event, keptnContext: context, time: nanoseconds(at) }] as const;
  });
  return {
    serviceName: row.name,
    creationDate: nanoseconds(row.created),
    ...(image ? { deployedImage: image } : {}),
    ...(types.length > 0 ? { lastEventTypes: Object.fromEntries(types) } : {}),
    openRemediations: null,
  };
}

/** The stages of a project whose shipyard cannot be read. */
async function branchNames(store: Store, project: string): Promise<string[]> {
  const [rows] = await store.read([selectBranches(project)]);
  const branches = rows!.map(readBranch);
  const main = branches
    .find(({ name }) => name === "HEAD")
    ?.head.split("/")
    .at(-1);
  return branches
    .map(({ name }) => name)
    .filter((name) => name !== "HEAD" && name !== main && !name.includes("/"));
}

function nanoseconds(milliseconds: number): string {
  return `${milliseconds}000000`;
}

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
