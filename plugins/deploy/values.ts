/** The values of a service in git: what runs, and what was released last. @module */
import type { Context, JsonObject } from "periplus/plugin";
import { toYaml } from "./yaml.ts";

/** What runs; a GitOps tool, or the workload itself, follows this file. */
const CURRENT = "helm/values.yaml";
/** What was released last: a rollback goes back to it. */
const RELEASED = "helm/released.yaml";

export type Values = { readonly [name: string]: unknown };
export type Which = "current" | "released";

const FILES: Readonly<Record<Which, string>> = { current: CURRENT, released: RELEASED };

/** What stands there now: earlier tasks of the same sequence have committed too. */
export function readValues(ctx: Context, which: Which): Promise<Values | undefined> {
  return ctx.resources.parse<JsonObject>(FILES[which], { level: "service", newest: true });
}

/** Commits values; gives the commit, or undefined when a crash hid its name. */
export async function writeValues(
  ctx: Context,
  which: Which,
  values: Values,
  message: string,
): Promise<string | undefined> {
  const commit = await ctx.resources.write(FILES[which], toYaml(values), {
    level: "service",
    message,
  });
  return commit || undefined;
}

/** Newer values win; maps merge by key, lists get the newer entries behind (Keptn: plugins-behaviour.md 7.2). */
export function merge(older: Values, newer: Values): Values {
  const merged: { [name: string]: unknown } = { ...older };
  for (const [name, value] of Object.entries(newer)) {
    const before = merged[name];
    if (isMap(before) && isMap(value)) merged[name] = merge(before, value);
    else if (Array.isArray(before) && Array.isArray(value)) merged[name] = [...before, ...value];
    else merged[name] = value;
  }
  return merged;
}

export function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
