/** Names and files of the demo's project. @module */
import { join } from "node:path";
import type { Place } from "../place.ts";

export const PROJECT = "sockshop";
export const SERVICE = "carts";
export const STAGES = ["dev", "staging", "production"] as const;

/** Stands in the shipyard of a project that the demo may replace. */
export const MARKER = "# periplus-demo:";

/** Path of one of the demo's files. */
export function demoFile(place: Place, name: string): string {
  return join(place.root, "src/cli/demo/files", name);
}

/** How Prometheus knows a stage's shop; the SLI file asks for it by this name. */
export function jobOf(stage: string): string {
  return `${SERVICE}-${PROJECT}-${stage}`;
}
