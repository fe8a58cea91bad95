/** Keptn's own file of contexts, so that what worked with its command works here. @module */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { KeptnError } from "../spec/errors.ts";
import { describeProblems, readShape } from "../spec/shape.ts";
import type { Found } from "./connect.ts";
import { apiRoot } from "./connect.ts";

const contexts = z.looseObject({
  contexts: z
    .array(
      z.looseObject({
        name: z.string().default(""),
        namespace: z.string().default("keptn"),
        endpoint: z.string(),
        api_token: z.string(),
      }),
    )
    .min(1, "expected at least one context"),
});

/** The context of a namespace, else the first one. */
export async function readKeptnConfig(path: string, namespace = "keptn"): Promise<Found> {
  const read = readShape(await textOf(path), contexts);
  if (!read.ok) {
    throw new KeptnError("ERR_CONFIG_INVALID", `${path}:${describeProblems(read.problems)}`);
  }
  const all = read.value.contexts;
  const found = all.find((context) => context.namespace === namespace) ?? all[0]!;
  return { endpoint: apiRoot(found.endpoint), token: found.api_token, source: path };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new KeptnError("ERR_CONFIG_INVALID", `cannot read ${path}`, {}, error);
  }
}
