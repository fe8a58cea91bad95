/** Shapes that the file formats share: how Keptn's Go readers took YAML values. @module */
import { z } from "zod";
import { type Problem, readYaml, type YamlText } from "./yaml.ts";

/** Any scalar as text, the way Go decodes YAML into a string field; null is empty. */
export const scalarText = z
  .union([z.string(), z.number(), z.boolean(), z.null()], { error: "expected a text" })
  .transform((value) => (value === null ? "" : String(value)));

/** {@link scalarText} with what editors show beside the field. */
export function textField(description: string) {
  return scalarText.default("").meta({ description });
}

/** A list; null and absent count as empty. */
export function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(item, { error: "expected a list" })
    .nullish()
    .transform((value) => value ?? []);
}

/** A mapping; null and absent count as an empty one. */
export function mapOf<T extends z.ZodType>(shape: T) {
  return z.preprocess((value) => value ?? {}, shape);
}

export type Shaped<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Puts parsed YAML into a zod schema; every fault carries its line and column. */
export function shapeYaml<T>(yaml: YamlText, schema: z.ZodType<T>): Shaped<T> {
  if (yaml.problems.length > 0) return { ok: false, problems: yaml.problems };
  const parsed = schema.safeParse(yaml.value);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problems: parsed.error.issues.map((issue) => problemOf(issue, yaml)) };
}

/** Reads a text into a zod schema. */
export function readShape<T>(text: string, schema: z.ZodType<T>): Shaped<T> {
  return shapeYaml(readYaml(text), schema);
}

/** A file, read; `why` is one sentence, `problems` and `warnings` have positions. */
export type FileRead<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: Problem[] }
  | { readonly ok: false; readonly why: string; readonly problems: Problem[] };

/** `3:5 what is wrong; 7:1 what else` */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ line, column, message }) => `${line}:${column} ${message}`).join("; ");
}

/** `spec.stages[0].name` */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join("");
}

function problemOf(issue: z.core.$ZodIssue, yaml: YamlText): Problem {
  const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  if (issue.code === "unrecognized_keys") {
    const message = `unknown field ${issue.keys.join(", ")}`;
    return { ...yaml.position([...path, issue.keys[0]!]), message };
  }
  const where = path.length > 0 ? `${pathText(path)}: ` : "";
  return { ...yaml.position(path), message: `${where}${issue.message}` };
}
