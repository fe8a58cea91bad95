/** Reading `job/config.yaml` of the job executor. @module */
import { z } from "zod";
import { describeProblems, type FileRead, listOf, scalarText, shapeYaml } from "./shape.ts";
import { type Problem, readYaml, type YamlText } from "./yaml.ts";

const text = scalarText.optional();
const quantities = z.strictObject({ cpu: text, memory: text }).nullish();
const seconds = z.int({ error: "expected a whole number of seconds" }).min(0);

const environment = z.strictObject({
  name: scalarText,
  value: text,
  valueFrom: text,
  as: text,
});

const task = z.strictObject({
  name: scalarText.default(""),
  image: scalarText.default(""),
  imagePullPolicy: text,
  cmd: listOf(scalarText),
  args: listOf(scalarText),
  workingDir: text,
  files: listOf(scalarText),
  env: listOf(environment),
  resources: z.strictObject({ limits: quantities, requests: quantities }).nullish(),
  maxPollDuration: seconds.default(300),
  ttlSecondsAfterFinished: seconds.default(21_600),
  namespace: text,
  serviceAccount: text,
  securityContext: z.record(z.string(), z.json()).nullish(),
  annotations: z.record(z.string(), scalarText).nullish(),
});

const event = z.strictObject({
  name: scalarText.default(""),
  jsonpath: z
    .strictObject({ property: scalarText.default(""), match: scalarText.default("") })
    .nullish(),
});

const action = z.strictObject({
  name: scalarText.default(""),
  silent: z.boolean().default(false),
  events: listOf(event),
  tasks: listOf(task),
});

/** What the file may hold; an empty mapping of actions counts as no actions. */
export const jobFile = z.strictObject(
  {
    apiVersion: scalarText.default(""),
    actions: listOf(action).or(z.strictObject({}).transform(() => [])),
  },
  { error: "expected a mapping with apiVersion and actions" },
);

export type JobConfig = z.infer<typeof jobFile>;

/** Reads a job file; unknown fields are faults (Keptn: plugins-behaviour.md 6.1). */
export function parseJobConfig(source: string): FileRead<JobConfig> {
  const yaml = readYaml(source);
  const shaped = shapeYaml(yaml, jobFile);
  const wrong = shaped.ok ? versionProblem(shaped.value.apiVersion, yaml) : undefined;
  if (!shaped.ok || wrong) {
    const problems = wrong ? [wrong] : [...(shaped.ok ? [] : shaped.problems)];
    const why = wrong ? wrong.message : describeProblems(problems);
    return { ok: false, why, problems };
  }
  return { ok: true, value: shaped.value, warnings: lint(shaped.value, yaml) };
}

function versionProblem(apiVersion: string, yaml: YamlText): Problem | undefined {
  if (apiVersion === "v2") return undefined;
  const message =
    apiVersion === ""
      ? "apiVersion must be specified"
      : `apiVersion ${apiVersion} is not supported, use v2`;
  return { ...yaml.position(["apiVersion"]), message };
}

function lint({ actions }: JobConfig, yaml: YamlText): Problem[] {
  const warnings: Problem[] = [];
  if (actions.length === 0) {
    warnings.push({ ...yaml.position(["actions"]), message: "no actions: nothing is executed" });
  }
  actions.forEach(({ name, events }, index) => {
    events.forEach((event, at) => {
      const here = yaml.position(["actions", index, "events", at]);
      if (!isPattern(event.name)) {
        const message = `event ${event.name} is no valid regular expression and never matches`;
        warnings.push({ ...here, message });
      }
    });
    if (events.length > 0) return;
    const message = `action ${name} names no events and is never executed`;
    warnings.push({ ...yaml.position(["actions", index]), message });
  });
  return warnings;
}

function isPattern(text: string): boolean {
  try {
    return "".search(text) >= -1;
  } catch {
    return false;
  }
}
