/** What the HTTP application asks of the rest of the host. @module */
import type { Json, JsonObject } from "../../spec/json.ts";
import type { Controller } from "../engine/controller_types.ts";
import type { Clock, Ids } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Resources } from "../ports/resources.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Store } from "../ports/store.ts";

export interface HttpSettings {
  readonly version: string;
  /** Keptn's namespace, shown in the metadata. */
  readonly namespace: string;
  /** Put in front of every path but the health paths, such as `/mykeptn`; empty by default. */
  readonly prefixPath: string;
  /** The token of the principal `admin`; further ones stand in the table `token`. */
  readonly secretToken: string;
  /** EVENT_VALIDATION_ENABLED: Keptn's semantic checks and its size limit for events. */
  readonly eventValidation: boolean;
  /** MAX_EVENT_SIZE_KB; zero or less lifts the limit. */
  readonly maxEventSizeKb: number;
  /** Upper bound of any request body, in bytes. */
  readonly maxBodyBytes: number;
  /** Bytes of posted events that may wait to be written before more are refused. */
  readonly maxUnderwayBytes?: number;
  readonly integrationTtlMs: number;
  readonly logTtlMs: number;
  /** MAX_AUTH_REQUESTS_PER_SECOND and _BURST; counts bad tokens only. */
  readonly badTokens: { readonly perSecond: number; readonly burst: number } | null;
}

/** Creates, changes and removes projects and services, and shows them as Keptn did (`src/host/projects`). */
export interface Projects {
  /** Body of POST /v1/project, parsed JSON but not yet checked. */
  createProject(body: Json, principal: string): Promise<void>;
  /** Body of PUT /v1/project. */
  updateProject(body: Json, principal: string): Promise<void>;
  /** Removes what there is; the sentence tells what remains for the user to do. */
  deleteProject(name: string, principal: string): Promise<{ readonly message: string }>;
  createService(project: string, body: Json, principal: string): Promise<void>;
  deleteService(project: string, service: string, principal: string): Promise<void>;
  /** All projects as Keptn's ExpandedProject (Keptn: http-api.md 2.2.2), by name. */
  listProjects(): Promise<readonly ProjectView[]>;
  /** One project, or null. */
  readProject(name: string): Promise<ProjectView | null>;
}

/** Keptn's ExpandedProject; stages in shipyard order, services by name. */
export interface ProjectView {
  readonly projectName: string;
  readonly stages: readonly StageView[];
  readonly [field: string]: unknown;
}
export interface StageView {
  readonly stageName: string;
  readonly services: readonly ServiceView[];
  readonly [field: string]: unknown;
}
export interface ServiceView {
  readonly serviceName: string;
  readonly [field: string]: unknown;
}

/** The plugin platform behind `/api/periplus/v1/plugins`, `/tasks` and `/callback`. */
export interface PluginsApi {
  list(): Promise<Json>;
  /** @throws {KeptnError} ERR_PLUGIN_UNKNOWN */
  read(name: string): Promise<Json>;
  /** Sets the grant of a plugin; the body is checked by the platform. */
  allow(name: string, grant: JsonObject, principal: string): Promise<Json>;
  /** Takes back all grants, or only those for one project. */
  revoke(name: string, principal: string, project?: string): Promise<void>;
  tasks(filter: { readonly plugin?: string; readonly context?: string }): Promise<Json>;
  /** Hands a one-time callback to the waiting task; false when nothing waits under that name. */
  callback(name: string, body: Json): Promise<boolean>;
  /** Names of the plugins that answer a triggered type in this place. */
  answerers(
    type: string,
    place: { readonly project: string; readonly stage: string; readonly service: string },
  ): readonly string[];
}

export interface StaticFile {
  readonly type: string;
  readonly body: Uint8Array | string;
}

export interface HttpDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly controller: Controller;
  readonly resources: Resources;
  readonly projects: Projects;
  readonly secrets: Pick<Secrets, "list" | "create" | "update" | "delete">;
  readonly plugins: PluginsApi;
  readonly settings: HttpSettings;
  /** Null once plugins are loaded and the log is caught up, else what is awaited. */
  readonly ready: () => string | null;
  /** Aborted when the host drains: long polls and streams are answered at once. */
  readonly stopping: AbortSignal;
  /** Files of the page by their path below `/bridge/`; `index.html` answers for the rest. */
  readonly page: ReadonlyMap<string, StaticFile>;
  /** One tar of everything that a restore needs (design D22); absent where a runtime has none. */
  readonly backup?: () => Promise<ReadableStream<Uint8Array>>;
}
