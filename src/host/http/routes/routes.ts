/** All routes of the application. @module */
import type { Api } from "../api.ts";
import { createLive } from "../live.ts";
import { authRoutes } from "./auth.ts";
import { datastoreRoutes } from "./datastore.ts";
import { eventRoutes } from "./event.ts";
import { healthRoutes } from "./health.ts";
import { metadataRoutes } from "./metadata.ts";
import { pageRoutes } from "./page.ts";
import { streamRoutes } from "./stream.ts";
import { triggeredRoutes } from "./triggered.ts";

export function addRoutes(api: Api, prefix: string): void {
  const live = createLive(api.deps);
  healthRoutes(api);
  authRoutes(api, prefix);
  metadataRoutes(api);
  eventRoutes(api);
  triggeredRoutes(api, live);
  streamRoutes(api, live);
  datastoreRoutes(api);
  pageRoutes(api, prefix);
}
