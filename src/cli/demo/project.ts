/** The demo's project: made anew for each run, and never anybody else's. @module */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { KeptnError } from "../../spec/errors.ts";
import { type Client, part } from "../client.ts";
import type { Place } from "../place.ts";
import { findProject } from "../verbs/projects.ts";
import { writeResources } from "../verbs/resources.ts";
import { demoFile, MARKER, PROJECT, SERVICE, STAGES } from "./scene.ts";

const anything = z.unknown();
const PROJECTS = "/controlPlane/v1/project";
const GRANT = "/periplus/v1/plugins/prometheus/grant";

/** Files of the service in every stage, by their path there. */
const SERVICE_FILES = {
  "slo.yaml": "slo.yaml",
  "prometheus/sli.yaml": "sli.yaml",
  "remediation.yaml": "remediation.yaml",
};

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
export async function createDemoProject(
  client: Client,
  query: string,
  place: Place,
): Promise<void> {
  const shipyard = base64(demoFile(place, "shipyard.yaml"));
  await client.post(PROJECTS, { name: PROJECT, shipyard }, anything);
  await client.post(`${PROJECTS}/${PROJECT}/service`, { serviceName: SERVICE }, anything);
  await writeResources(client, { project: PROJECT }, [
    { resourceURI: "prometheus/config.yaml", resourceContent: encode(`server: ${query}\n`) },
  ]);
  const files = Object.entries(SERVICE_FILES).map(([resourceURI, name]) => ({
    resourceURI,
    resourceContent: base64(demoFile(place, name)),
  }));
  for (const stage of STAGES) {
    await writeResources(client, { project: PROJECT, stage, service: SERVICE }, files);
  }
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
  const level = { project: PROJECT, stage, service: SERVICE };
  await writeResources(client, level, [{ resourceURI: uri, resourceContent: encode(content) }]);
}

/** Image that the API says is deployed in a stage. */
export async function deployedImage(client: Client, stage: string): Promise<string | undefined> {
  const model = z.looseObject({ deployedImage: z.string().optional() });
  const path = `${PROJECTS}/${PROJECT}/stage/${part(stage)}/service/${SERVICE}`;
  return (await client.get(path, model)).deployedImage;
}

function base64(path: string): string {
  return readFileSync(path).toString("base64");
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64");
}
