/** All routes of the application. @module */
import type { Api } from "../api.ts";
import { authRoutes } from "./auth.ts";
import { healthRoutes } from "./health.ts";
import { metadataRoutes } from "./metadata.ts";
import { pageRoutes } from "./page.ts";

export function addRoutes(api: Api, prefix: string): void {
  healthRoutes(api);
  authRoutes(api, prefix);
  metadataRoutes(api);
  pageRoutes(api, prefix);
}
