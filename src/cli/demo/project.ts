/** The demo's project: made anew for each run, and never anybody else's. @module */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { KeptnError } from "../../spec/errors.ts";
import { writeYaml } from "../../spec/yaml.ts";
import type { Client } from "../client.ts";
import type { Place } from "../place.ts";
import { findProject } from "../verbs/projects.ts";
import { type ResourceLevel, writeResources } from "../verbs/resources.ts";
import { PROMOTION } from "./behaviour.ts";
import type { Crew } from "./crew.ts";
import { demoFile, MARKER, PROJECT, SERVICE, STAGES } from "./scene.ts";
import { VALUES_URI } from "./values.ts";

const anything = z.unknown();
const PROJECTS = "/controlPlane/v1/project";
const GRANT = "/periplus/v1/plugins/prometheus/grant";

/** Removes project and grant of an earlier run. @throws {KeptnError} when the project is not ours */
export async function clearProject(client: Client): Promise<boolean> {
  const project = await findProject(client, PROJECT);
  if (!project) return false;
  if (!project.shipyard?.includes(MARKER)) {
    throw new KeptnError(
      "ERR_PROJECT_EXISTS",
      `project ${PROJECT} exists and is not the demo's: its shipyard lacks the line ${MARKER}. ` +
        `Delete it (periplus delete project ${PROJECT}), or run the demo in another data directory (PERIPLUS_DATA_DIR=)`,
    );
  }
  await client.delete(`${PROJECTS}/${PROJECT}`);
  await client.delete(GRANT, { project: PROJECT });
  return true;
}

/** Creates project, service and files. */
export async function createDemoProject(client: Client, crew: Crew, place: Place): Promise<void> {
  const shipyard = encode(text(place, "shipyard.yaml"));
  await client.post(PROJECTS, { name: PROJECT, shipyard }, anything);
  await client.post(`${PROJECTS}/${PROJECT}/service`, { serviceName: SERVICE }, anything);
  const config = writeYaml({ server: crew.query });
  await put(client, { project: PROJECT }, { "prometheus/config.yaml": config });
  for (const stage of STAGES) {
    await put(
      client,
      { project: PROJECT, stage, service: SERVICE },
      serviceFiles(stage, crew, place),
    );
  }
}

/** Files of the service in a stage, by their path there. */
function serviceFiles(stage: string, crew: Crew, place: Place): Record<string, string> {
  return {
    "slo.yaml": text(place, stage === STAGES[0] ? "slo_dev.yaml" : "slo.yaml"),
    "prometheus/sli.yaml": text(place, "sli.yaml"),
    "remediation.yaml": text(place, "remediation.yaml"),
    "helm/endpoints.yaml": writeYaml({ deploymentURIsLocal: [`${crew.shop}/${stage}`] }),
    // A remediation flips only switches that the values know.
    [VALUES_URI]: writeYaml({ features: { [PROMOTION]: "off" } }),
  };
}

/** Lets the plugin `prometheus` reach its query API for this project; returns the command that does the same. */
export async function grantPrometheus(client: Client, query: string): Promise<string> {
  const address = new URL(query).host;
  await client.put(GRANT, { project: PROJECT, http: [address] }, anything);
  return `plugin allow prometheus --http ${address} --project ${PROJECT}`;
}

/** Puts one file of the service into a stage. */
export async function putFile(
  client: Client,
  stage: string,
  uri: string,
  content: string,
): Promise<void> {
  await put(client, { project: PROJECT, stage, service: SERVICE }, { [uri]: content });
}

async function put(
  client: Client,
  level: ResourceLevel,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const resources = Object.entries(files).map(([resourceURI, content]) => ({
    resourceURI,
    resourceContent: encode(content),
  }));
  await writeResources(client, level, resources);
}

function text(place: Place, name: string): string {
  return readFileSync(demoFile(place, name), "utf8");
}

function encode(content: string): string {
  return Buffer.from(content).toString("base64");
}
