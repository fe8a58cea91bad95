/** What shall run in a stage: the service's values in the project's git. @module */
import { KeptnError } from "../../spec/errors.ts";
import { at, isObject, type Json, textAt } from "../../spec/json.ts";
import { resourceModel } from "../../spec/resource_models.ts";
import { readYaml } from "../../spec/yaml.ts";
import { type Client, part } from "../client.ts";
import { resourcePath } from "../verbs/resources.ts";
import type { Deployed } from "./behaviour.ts";
import { PROJECT, SERVICE } from "./scene.ts";

/** Where the plugin `deploy` commits a service's values. */
export const VALUES_URI = "helm/values.yaml";

/** The head of a stage's values; nothing deployed when there are none yet. */
export async function readDeployed(client: Client, stage: string): Promise<Deployed> {
  const values = await readValues(client, stage);
  const image = textAt(values, "image");
  const switches = at(values, "features");
  const features = isObject(switches)
    ? Object.keys(switches).filter((name) => isOn(switches[name]))
    : [];
  return { features, ...(image ? { image } : {}) };
}

export async function readValues(client: Client, stage: string): Promise<Json> {
  const level = resourcePath({ project: PROJECT, stage, service: SERVICE });
  try {
    const { resourceContent = "" } = await client.get(
      `${level}/${part(VALUES_URI)}`,
      resourceModel,
    );
    return readYaml(Buffer.from(resourceContent, "base64").toString("utf8")).value ?? null;
  } catch (error) {
    if (KeptnError.is(error, "ERR_NOT_FOUND")) return null;
    throw error;
  }
}

function isOn(value: Json | undefined): boolean {
  return value === true || value === "on" || value === "true";
}
