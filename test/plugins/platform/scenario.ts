/** Entries of the conformance file by id. @module */
import { readFileSync } from "node:fs";
import { isObject, type JsonObject } from "../../../src/spec/json.ts";
import { readYaml } from "../../../src/spec/yaml.ts";

export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly given: JsonObject;
  readonly when: readonly unknown[];
  readonly then: readonly JsonObject[];
}

/** The entry with an id, as the file has it. */
export function scenario(id: string): Scenario {
  const path = new URL("../../conformance/scenarios.yaml", import.meta.url);
  const { value } = readYaml(readFileSync(path, "utf8"));
  const entries = Array.isArray(value)
    ? value
    : isObject(value)
      ? Object.values(value).find(Array.isArray)
      : undefined;
  const found = (entries ?? []).find((entry) => isObject(entry) && entry.id === id);
  if (!found) throw new Error(`no scenario ${id}`);
  return found as unknown as Scenario;
}
