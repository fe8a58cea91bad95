/** Fields that a format does not know: Keptn ignored them, so a slip of the pen went unnoticed. @module */
import { z } from "zod";
import { isObject, type Json } from "./json.ts";
import { didYouMean } from "./near.ts";
import type { Problem, YamlText } from "./yaml.ts";

type Path = readonly (string | number)[];
type Schema = z.core.JSONSchema.BaseSchema;

const schemas = new WeakMap<z.ZodType, Schema>();

/** The JSON Schema of what a format's file may hold. */
export function fileSchema(format: z.ZodType): Schema {
  const known = schemas.get(format);
  if (known) return known;
  const schema = z.toJSONSchema(format, { io: "input", unrepresentable: "any" });
  schemas.set(format, schema);
  return schema;
}

/** One warning for each field that the format does not name. */
export function unknownFields(format: z.ZodType, yaml: YamlText): Problem[] {
  const found: Problem[] = [];
  visit(fileSchema(format), yaml.value ?? null, []);
  return found;

  function visit(schema: Schema, value: Json, path: Path): void {
    for (const branch of schema.anyOf ?? []) visit(branch as Schema, value, path);
    if (Array.isArray(value) && isSchema(schema.items)) {
      const items = schema.items;
      value.forEach((item, index) => visit(items, item, [...path, index]));
    }
    if (!isObject(value)) return;
    const known = schema.properties ?? {};
    for (const [key, child] of Object.entries(value)) {
      const named = Object.hasOwn(known, key) ? known[key] : schema.additionalProperties;
      if (isSchema(named)) visit(named, child, [...path, key]);
      else if (schema.properties) {
        const near = didYouMean(key, Object.keys(known));
        const message = `unknown field ${key} is ignored${near}`;
        found.push({ ...yaml.position([...path, key]), message });
      }
    }
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
