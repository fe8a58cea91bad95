/** Reading `remediation.yaml`. @module */
import { z } from "zod";
import { unknownFields } from "./fields.ts";
import { isObject, type Json } from "./json.ts";
import { describeProblems, type FileRead, listOf, mapOf, scalarText, shapeYaml } from "./shape.ts";
import { type Problem, readYaml, type YamlText } from "./yaml.ts";

export interface RemediationAction {
  readonly name: string;
  readonly action: string;
  readonly description?: string;
  /** Anything that the executor of the action understands. */
  readonly value?: Json;
}
export interface RemediationEntry {
  readonly problemType: string;
  /** Absent is not the same as empty: only absent falls through (Keptn: plugins-behaviour.md 3.2). */
  readonly actionsOnOpen?: readonly RemediationAction[];
}
export interface Remediation {
  readonly name: string;
  readonly remediations: readonly RemediationEntry[];
}

const VERSION = "spec.keptn.sh/0.1.4";

const action = mapOf(
  z.object({
    name: scalarText.default(""),
    action: scalarText.default(""),
    description: scalarText.optional(),
    value: z.json().optional(),
  }),
).transform(({ name, action, description, value }): RemediationAction => ({
  name,
  action,
  ...(description ? { description } : {}),
  ...(value === undefined ? {} : { value }),
}));

const entry = mapOf(
  z.object({
    problemType: scalarText.default(""),
    actionsOnOpen: z.array(action, { error: "expected a list of actions" }).nullish(),
  }),
).transform(({ problemType, actionsOnOpen }): RemediationEntry => ({
  problemType,
  ...(actionsOnOpen ? { actionsOnOpen } : {}),
}));

/** What the file may hold. */
export const remediationFile = z.object(
  {
    apiVersion: scalarText.default(""),
    kind: scalarText.optional(),
    metadata: mapOf(z.object({ name: scalarText.default("") })),
    spec: mapOf(z.object({ remediations: listOf(entry) })),
  },
  { error: "expected a mapping with apiVersion, kind, metadata and spec" },
);

/** Reads a remediation file with YAML 1.1 rules (Keptn: plugins-behaviour.md 3.1). */
export function parseRemediation(text: string): FileRead<Remediation> {
  const yaml = readYaml(text, "1.1");
  const shaped = shapeYaml(yaml, remediationFile);
  const wrong = shaped.ok ? versionProblem(shaped.value.apiVersion, yaml) : undefined;
  if (!shaped.ok || wrong) {
    const problems = wrong ? [wrong] : [...(shaped.ok ? [] : shaped.problems)];
    return { ok: false, why: describeProblems(problems), problems };
  }
  const { metadata, spec } = shaped.value;
  return {
    ok: true,
    value: { name: metadata.name, remediations: spec.remediations },
    warnings: [...unknownFields(remediationFile, yaml), ...lint(spec.remediations, yaml)],
  };
}

function versionProblem(apiVersion: string, yaml: YamlText): Problem | undefined {
  if (apiVersion === VERSION) return undefined;
  const old = isObject(yaml.value) && Array.isArray(yaml.value.remediations);
  const said = old
    ? "this is a remediation format of Keptn 0.7 and older"
    : apiVersion === ""
      ? "apiVersion is missing"
      : `apiVersion ${apiVersion} is not supported`;
  const message = `${said}: write apiVersion ${VERSION} with spec.remediations[].actionsOnOpen[]`;
  return { ...yaml.position(old ? ["remediations"] : ["apiVersion"]), message };
}

function lint(entries: readonly RemediationEntry[], yaml: YamlText): Problem[] {
  const warnings: Problem[] = [];
  const seen = new Set<string>();
  const path = ["spec", "remediations"];
  if (entries.length === 0) {
    warnings.push({ ...yaml.position(path), message: "no remediations: every problem is unknown" });
  }
  entries.forEach(({ problemType, actionsOnOpen }, index) => {
    const where = yaml.position([...path, index, "problemType"]);
    if (seen.has(problemType)) {
      const message = `second entry for problem type ${problemType}: only the first is used`;
      warnings.push({ ...where, message });
    }
    seen.add(problemType);
    if (!actionsOnOpen) {
      const message = `problem type ${problemType} has no actionsOnOpen and is passed over`;
      warnings.push({ ...where, message });
    }
    actionsOnOpen?.forEach(({ action }, at) => {
      if (action !== "") return;
      const here = yaml.position([...path, index, "actionsOnOpen", at]);
      warnings.push({ ...here, message: "an action without `action`: nobody can execute it" });
    });
  });
  return warnings;
}
