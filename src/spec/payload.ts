/** How Keptn composes the data of triggered events. @module */
import { isObject, type Json, type JsonObject } from "./json.ts";

/**
 * Merges a newer value over an older one, without changing either.
 *
 * Maps merge by key, lists put the newer entries first, null never replaces anything but blanks a
 * string, everything else is replaced. Keptn (orchestration.md 10.2) kept the first number and the
 * first boolean for ever; here the last one wins like any other value.
 */
export function mergeJson(older: Json | undefined, newer: Json): Json {
  if (older === undefined || older === null) return newer;
  if (newer === null) return typeof older === "string" ? "" : older;
  if (Array.isArray(older) && Array.isArray(newer)) return [...newer, ...older];
  if (isObject(older) && isObject(newer)) return mergeData(older, newer);
  return newer;
}

/** {@link mergeJson} for two objects. */
export function mergeData(older: JsonObject, newer: JsonObject): JsonObject {
  const merged: JsonObject = { ...older };
  for (const [key, value] of Object.entries(newer)) {
    define(merged, key, mergeJson(Object.hasOwn(older, key) ? older[key] : undefined, value));
  }
  return merged;
}

/** Assigns a key as own data, whatever its name (`__proto__` included). */
function define(target: JsonObject, key: string, value: Json): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

export interface PayloadParts {
  /** Data of the event that triggered the sequence. */
  readonly input: JsonObject;
  readonly scope: { readonly project: string; readonly stage: string; readonly service: string };
  /** Merged data and folded outcome of each task done so far, in order. */
  readonly done: readonly {
    readonly data: JsonObject;
    readonly result: string;
    readonly status: string;
  }[];
  /** The task to trigger; absent for a successor sequence. */
  readonly next?: { readonly name: string; readonly properties?: JsonObject | undefined };
}

/** Data of the next `triggered` event (Keptn: orchestration.md 10.1). */
export function composePayload({ input, scope, done, next }: PayloadParts): JsonObject {
  const { project, stage, service } = scope;
  let data: JsonObject = { ...input, project, stage, service };
  for (const task of done) data = mergeData(data, task.data);
  const last = done.at(-1);
  if (last) data = { ...data, result: last.result, status: last.status };
  if (next?.properties) data = mergeData(data, { [next.name]: next.properties });
  if (data.message !== undefined && data.message !== null) data.message = "";
  return { ...data, project, stage, service };
}
