/** Files of measured values, in the shapes that tools write. @module */
import { KeptnError } from "../../spec/errors.ts";
import type { SliValue } from "../../spec/evaluation.ts";
import { readSliValues } from "../../spec/get_sli.ts";
import { at, isObject, type Json, type JsonObject } from "../../spec/json.ts";
import { readYaml } from "../../spec/yaml.ts";

const SHAPES =
  'a map such as {"error_rate": 0.2}, a list such as [{"metric": "error_rate", "value": 0.2}], or the indicatorValues of a get-sli.finished event';
/** Where a list of values stands in events and in their data. */
const LISTS = [
  ["indicatorValues"],
  ["get-sli", "indicatorValues"],
  ["data", "get-sli", "indicatorValues"],
] as const;

/** Reads JSON or YAML; `file` names it in errors. */
export function readValues(text: string, file: string): SliValue[] {
  const { value, problems } = readYaml(text);
  const problem = problems[0];
  if (problem)
    throw new KeptnError(
      "ERR_FILE_INVALID",
      `${file}:${problem.line}:${problem.column} ${problem.message}`,
    );
  const entries = entriesOf(value ?? null);
  if (!entries) throw new KeptnError("ERR_FILE_INVALID", `${file}: expected ${SHAPES}`);
  const read = readSliValues(entries.map((entry, index) => complete(entry, index, file)));
  if ("undecodable" in read)
    throw new KeptnError("ERR_FILE_INVALID", `${file}: ${read.undecodable}`);
  return read;
}

function entriesOf(value: Json): Json[] | undefined {
  if (Array.isArray(value)) return value;
  for (const path of LISTS) {
    const list = at(value, ...path);
    if (Array.isArray(list)) return list;
  }
  if (!isObject(value)) return undefined;
  return Object.entries(value).map(([metric, entry]) =>
    isObject(entry) ? { metric, ...entry } : { metric, value: entry },
  );
}

/** Values that were written count as measured; null was not. */
function complete(entry: Json, index: number, file: string): JsonObject {
  if (!isObject(entry) || typeof entry.metric !== "string" || entry.metric === "") {
    throw new KeptnError(
      "ERR_FILE_INVALID",
      `${file}: entry ${index} has no metric: expected ${SHAPES}`,
    );
  }
  const { value } = entry;
  if (value === null || value === undefined) {
    return { message: `no value in ${file}`, ...entry, value: 0, success: false };
  }
  if (typeof value !== "number" || !Number.isFinite(value)) {
    const shown = typeof value === "number" ? String(value) : JSON.stringify(value);
    throw new KeptnError(
      "ERR_FILE_INVALID",
      `${file}: ${entry.metric} must be a number, not ${shown}`,
    );
  }
  return { success: true, provider: "values", ...entry };
}
