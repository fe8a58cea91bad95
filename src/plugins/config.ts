/** A plugin's configuration: `<plugin>/config.yaml`, merged project < stage < service and checked. @module */
import { KeptnError } from "../spec/errors.ts";
import type { KeptnEvent } from "../spec/event.ts";
import { isObject, type Json, type JsonObject } from "../spec/json.ts";
import { readYaml, type YamlText } from "../spec/yaml.ts";
import { hasLevel, placeOf } from "./capabilities/resources.ts";
import type { Manifest } from "./manifest.ts";
import type { PluginResources } from "./ports.ts";
import type { Level } from "./sandbox/calls.ts";
import { checkSchema, type SchemaProblem } from "./schema_check.ts";

export type Configured =
  | { readonly config: JsonObject }
  /** What is wrong, with file, line and column. */
  | { readonly problem: string };

interface ConfigFile {
  readonly level: Level;
  readonly yaml: YamlText;
}

const LEVELS: readonly Level[] = ["project", "stage", "service"];
const KEPT = 500;

/** Reads configurations and keeps those of pinned commits, because a commit never changes. */
export class Configs {
  private readonly resources: PluginResources;
  private readonly kept = new Map<string, Configured>();

  constructor(resources: PluginResources) {
    this.resources = resources;
  }

  async read(manifest: Manifest, event: KeptnEvent): Promise<Configured> {
    if (!manifest.config) return { config: {} };
    const key = await this.key(manifest, event);
    const kept = key === undefined ? undefined : this.kept.get(key);
    if (kept) return kept;
    const configured = check(manifest, await this.files(manifest.name, event), event);
    if (key !== undefined) {
      if (this.kept.size >= KEPT) this.kept.clear();
      this.kept.set(key, configured);
    }
    return configured;
  }

  private async key(manifest: Manifest, event: KeptnEvent): Promise<string | undefined> {
    const { project, stage, service } = placeOf({ event }, "service");
    if (!event.gitcommitid || !this.resources.head) return undefined;
    const head = await this.resources.head(project);
    const version = `${manifest.name} ${manifest.version} ${JSON.stringify(manifest.config)}`;
    return [version, project, stage, service, event.gitcommitid, head].join("\n");
  }

  private async files(name: string, event: KeptnEvent): Promise<ConfigFile[]> {
    const path = `${name}/config.yaml`;
    const files = await Promise.all(
      LEVELS.filter((level) => hasLevel(event, level)).map(
        async (level): Promise<ConfigFile | null> => {
          const commit = level === "project" ? undefined : event.gitcommitid || undefined;
          try {
            const place = placeOf({ event }, level);
            const { content } = await this.resources.read(place, path, commit);
            return { level, yaml: readYaml(new TextDecoder().decode(content)) };
          } catch (error) {
            if (KeptnError.is(error) && error.status === 404) return null;
            throw error;
          }
        },
      ),
    );
    return files.filter((file) => file !== null);
  }
}

function check(manifest: Manifest, files: readonly ConfigFile[], event: KeptnEvent): Configured {
  const path = `${manifest.name}/config.yaml`;
  let merged: JsonObject = {};
  for (const { level, yaml } of files) {
    const problem = yaml.problems[0];
    if (problem) {
      const { line, column, message } = problem;
      return { problem: `${path}:${line}:${column} (${level} level) ${message}` };
    }
    if (isObject(yaml.value)) merged = overlay(merged, yaml.value);
    else if (yaml.value) return { problem: `${path}:1:1 (${level} level) expected a map` };
  }
  const { value, problems } = checkSchema(manifest.config!, merged);
  if (problems[0]) return { problem: locate(problems[0], files, path) };
  return { config: fill(value, placeOf({ event }, "service")) as JsonObject };
}

/** Names the most special file that holds the offending key. */
function locate(problem: SchemaProblem, files: readonly ConfigFile[], path: string): string {
  const holder = files.findLast(({ yaml }) => holds(yaml.value, problem.path)) ?? files.at(-1);
  if (!holder) return `${path}: ${problem.message} (no level of this service has the file)`;
  const { line, column } = holder.yaml.position(problem.path);
  return `${path}:${line}:${column} (${holder.level} level) ${problem.message}`;
}

function holds(value: Json | undefined, path: readonly (string | number)[]): boolean {
  let here: unknown = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return false;
    here = (here as { [key: string]: unknown })[key];
  }
  return true;
}

/** Maps merge by key, everything else is replaced. */
function overlay(under: JsonObject, over: JsonObject): JsonObject {
  const merged: JsonObject = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(under, key) ? under[key] : undefined;
    merged[key] = isObject(below) && isObject(value) ? overlay(below, value) : value;
  }
  return merged;
}

/** Puts project, stage and service into texts: `$SERVICE-$STAGE`. */
function fill(value: Json, place: { project: string; stage?: string; service?: string }): Json {
  if (typeof value === "string") {
    return value
      .replaceAll("$PROJECT", place.project)
      .replaceAll("$STAGE", place.stage ?? "")
      .replaceAll("$SERVICE", place.service ?? "");
  }
  if (Array.isArray(value)) return value.map((one) => fill(one, place));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, place)]));
}
