/** Checks values against the JSON Schemas that the plugin SDK builds, and fills in defaults. @module */
import { parseDuration } from "../spec/duration.ts";
import { isObject, type Json, type JsonObject } from "../spec/json.ts";

/** What is wrong with a value, and at which path. */
export interface SchemaProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface Checked {
  /** The value with defaults filled in; what is wrong stays as it was. */
  readonly value: Json;
  readonly problems: readonly SchemaProblem[];
}

type Path = readonly (string | number)[];

/** Checks a value; an absent one takes the schema's default. */
export function checkSchema(
  schema: JsonObject,
  value: Json | undefined,
  path: Path = [],
): Checked & { readonly absent?: boolean } {
  if (value === undefined) {
    if (schema.default !== undefined) return { value: schema.default, problems: [] };
    if (schema.type !== "object") return { value: null, problems: [], absent: true };
    return checkSchema(schema, {}, path);
  }
  if (Array.isArray(schema.anyOf)) return checkAny(schema.anyOf, value, path);
  const wrong = complain(schema, value);
  if (wrong !== undefined) return { value, problems: [{ path, message: wrong }] };
  if (isObject(value)) return checkObject(schema, value, path);
  if (Array.isArray(value) && isObject(schema.items)) return checkList(schema.items, value, path);
  return { value, problems: [] };
}

function checkObject(schema: JsonObject, value: JsonObject, path: Path): Checked {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const checked: JsonObject = { ...value };
  const problems: SchemaProblem[] = [];
  for (const [key, property] of Object.entries(properties)) {
    const here = [...path, key];
    const given = Object.hasOwn(value, key) ? value[key] : undefined;
    if (given === undefined && required.includes(key)) {
      problems.push({ path: here, message: `${key} is missing: expected ${expected(property)}` });
      continue;
    }
    const optional = given === undefined && !(isObject(property) && property.default !== undefined);
    if (optional || !isObject(property)) continue;
    const inner = checkSchema(property, given, here);
    problems.push(...inner.problems);
    if (!inner.absent) checked[key] = inner.value;
  }
  for (const [key, given] of Object.entries(value)) {
    if (Object.hasOwn(properties, key)) continue;
    const here = [...path, key];
    if (schema.additionalProperties === false) {
      const known = Object.keys(properties).join(", ");
      problems.push({ path: here, message: `${key} is unknown here: expected one of ${known}` });
    } else if (isObject(schema.additionalProperties)) {
      const inner = checkSchema(schema.additionalProperties, given, here);
      problems.push(...inner.problems);
      checked[key] = inner.value;
    }
  }
  return { value: checked, problems };
}

function checkList(items: JsonObject, value: Json[], path: Path): Checked {
  const checked = value.map((item, index) => checkSchema(items, item, [...path, index]));
  return {
    value: checked.map((one) => one.value),
    problems: checked.flatMap((one) => one.problems),
  };
}

function checkAny(schemas: Json[], value: Json, path: Path): Checked {
  const tried = schemas.filter(isObject).map((schema) => checkSchema(schema, value, path));
  const met = tried.find((one) => one.problems.length === 0);
  if (met) return met;
  const message = `expected ${schemas.map(expected).join(" or ")}, found ${show(value)}`;
  return { value, problems: [{ path, message }] };
}

function complain(schema: JsonObject, value: Json): string | undefined {
  if (Array.isArray(schema.enum)) {
    if (schema.enum.some((one) => one === value)) return undefined;
    return `expected ${expected(schema)}, found ${show(value)}`;
  }
  if (typeof schema.type === "string" && !hasType(value, schema.type)) {
    return `expected ${expected(schema)}, found ${show(value)}`;
  }
  if (typeof value === "string") return complainText(schema, value);
  const size = Array.isArray(value) ? value.length : typeof value === "number" ? value : undefined;
  if (size === undefined) return undefined;
  const [least, most] = Array.isArray(value)
    ? [schema.minItems, schema.maxItems]
    : [schema.minimum, schema.maximum];
  const what = Array.isArray(value) ? "entries" : "";
  if (typeof least === "number" && size < least) return `expected at least ${least} ${what}`.trim();
  if (typeof most === "number" && size > most) return `expected at most ${most} ${what}`.trim();
  return undefined;
}

function complainText(schema: JsonObject, value: string): string | undefined {
  const wrong = `expected ${expected(schema)}, found ${show(value)}`;
  if (schema.format === "uri" && !URL.canParse(value)) return wrong;
  if (schema.format === "go-duration" && parseDuration(value) === undefined) return wrong;
  if (typeof schema.pattern === "string" && !new RegExp(schema.pattern).test(value)) return wrong;
  if (typeof schema.minLength === "number" && value.length < schema.minLength) return wrong;
  if (typeof schema.maxLength === "number" && value.length > schema.maxLength) return wrong;
  return undefined;
}

function hasType(value: Json, type: string): boolean {
  if (type === "object") return isObject(value);
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function expected(schema: Json | undefined): string {
  if (!isObject(schema)) return "a value";
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.map(show).join(", ")}`;
  if (schema.format === "uri") return "an http or https URL";
  if (schema.format === "go-duration") return "a duration such as 90s or 1h30m";
  if (typeof schema.pattern === "string") return `text that matches ${schema.pattern}`;
  if (schema.type === "string") return "text";
  return typeof schema.type === "string" ? `a value of type ${schema.type}` : "a value";
}

function show(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
