/** All routes of the application. @module */
import type { Api } from "../api.ts";
import { hexDigest } from "../digest.ts";
import { createLive } from "../live.ts";
import { createUniform } from "../uniform.ts";
import { authRoutes } from "./auth.ts";
import { backupRoutes } from "./backup.ts";
import { busEventRoutes } from "./bus_event.ts";
import { datastoreRoutes } from "./datastore.ts";
import { evaluationRoutes } from "./evaluation.ts";
import { eventRoutes } from "./event.ts";
import { explainedRoutes } from "./explained.ts";
import { gitRoutes } from "./git.ts";
import { healthRoutes } from "./health.ts";
import { lifecycleRoutes } from "./lifecycle.ts";
import { logRoutes } from "./log.ts";
import { metadataRoutes } from "./metadata.ts";
import { openapiRoutes } from "./openapi.ts";
import { pageRoutes } from "./page.ts";
import { pluginRoutes } from "./plugin.ts";
import { projectRoutes } from "./project.ts";
import { resourceRoutes } from "./resource.ts";
import { secretRoutes } from "./secret.ts";
import { sequenceRoutes } from "./sequence.ts";
import { serviceRoutes } from "./service.ts";
import { streamRoutes } from "./stream.ts";
import { tokenRoutes } from "./token.ts";
import { triggeredRoutes } from "./triggered.ts";
import { uniformRoutes } from "./uniform.ts";

export function addRoutes(api: Api, prefix: string): void {
  const { store, clock, ids, settings } = api.deps;
  const live = createLive(api.deps);
  const uniform = createUniform({
    store,
    clock,
    ids,
    ttl: settings.integrationTtlMs,
    sha1: (text) => hexDigest("SHA-1", text),
  });
  healthRoutes(api);
  authRoutes(api, prefix);
  metadataRoutes(api);
  eventRoutes(api);
  busEventRoutes(api);
  streamRoutes(api, live);
  triggeredRoutes(api, live);
  projectRoutes(api);
  serviceRoutes(api);
  sequenceRoutes(api);
  evaluationRoutes(api);
  uniformRoutes(api, uniform);
  logRoutes(api);
  datastoreRoutes(api);
  resourceRoutes(api);
  lifecycleRoutes(api);
  gitRoutes(api);
  secretRoutes(api);
  pluginRoutes(api);
  explainedRoutes(api, uniform);
  tokenRoutes(api);
  backupRoutes(api);
  openapiRoutes(api, prefix);
  pageRoutes(api, prefix);
}
