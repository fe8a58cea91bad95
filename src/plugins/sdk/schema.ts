/** A small builder of JSON Schemas: one source for an author's types, the host's checks and the docs. @module */
import type { Json, JsonObject } from "../../spec/json.ts";

declare const type: unique symbol;

/** A JSON Schema that knows the TypeScript type it describes. */
export interface Schema<T = unknown> {
  readonly json: JsonObject;
  /** The key may be absent from an object; a default does not make it optional for the reader. */
  readonly absent: boolean;
  readonly [type]?: T;
}

/** The type that a schema describes. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

interface About<T> {
  /** Stands in when the value is absent. */
  readonly default?: T;
  readonly description?: string;
}
interface AboutText extends About<string> {
  /** A regular expression the whole text must match. */
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
}
interface AboutNumber extends About<number> {
  readonly minimum?: number;
  readonly maximum?: number;
}

type Fields = { readonly [key: string]: Schema };
type Flat<T> = { [K in keyof T]: T[K] };
type MaybeKeys<F extends Fields> = {
  [K in keyof F]: undefined extends Infer<F[K]> ? K : never;
}[keyof F];
type ObjectOf<F extends Fields> = Flat<
  { [K in Exclude<keyof F, MaybeKeys<F>>]: Infer<F[K]> } & {
    [K in MaybeKeys<F>]?: Exclude<Infer<F[K]>, undefined>;
  }
>;

function schema<T>(json: JsonObject, about: object = {}): Schema<T> {
  const facts = about as { readonly [key: string]: Json | undefined };
  const whole: JsonObject = { ...json };
  for (const key of Object.keys(facts)) if (facts[key] !== undefined) whole[key] = facts[key];
  return { json: whole, absent: facts["default"] !== undefined };
}

function object<F extends Fields>(
  fields: F,
  about: About<ObjectOf<F>> & {
    /** Refuses keys that are not named. */ readonly strict?: boolean;
  } = {},
): Schema<ObjectOf<F>> {
  const { strict, ...rest } = about;
  const properties: JsonObject = {};
  const required: string[] = [];
  for (const [key, field] of Object.entries(fields)) {
    properties[key] = field.json;
    if (!field.absent) required.push(key);
  }
  return schema(
    {
      type: "object",
      properties,
      ...(required.length > 0 ? { required } : {}),
      ...(strict ? { additionalProperties: false } : {}),
    },
    rest,
  );
}

/** Builds schemas: `s.object({ server: s.url(), timeout: s.duration({ default: "30m" }) })`. */
export const s = {
  object,
  string: (about: AboutText = {}): Schema<string> => schema({ type: "string" }, about),
  /** An absolute `http` or `https` URL. */
  url: (about: About<string> = {}): Schema<string> =>
    schema({ type: "string", format: "uri", pattern: "^https?://" }, about),
  /** A Go duration such as `90s` or `1h30m`. */
  duration: (about: About<string> = {}): Schema<string> =>
    schema({ type: "string", format: "go-duration" }, about),
  number: (about: AboutNumber = {}): Schema<number> => schema({ type: "number" }, about),
  integer: (about: AboutNumber = {}): Schema<number> => schema({ type: "integer" }, about),
  boolean: (about: About<boolean> = {}): Schema<boolean> => schema({ type: "boolean" }, about),
  oneOf: <const V extends string | number | boolean>(
    values: readonly V[],
    about: About<NoInfer<V>> = {},
  ): Schema<V> => schema({ enum: [...values] }, about),
  array: <T>(
    items: Schema<T>,
    about: About<T[]> & { readonly minItems?: number; readonly maxItems?: number } = {},
  ): Schema<T[]> => schema({ type: "array", items: items.json }, about),
  /** An object of any keys whose values all meet one schema. */
  record: <T>(
    values: Schema<T>,
    about: About<{ [key: string]: T }> = {},
  ): Schema<{ [key: string]: T }> =>
    schema({ type: "object", additionalProperties: values.json }, about),
  /** Meets at least one of the schemas. */
  anyOf: <T extends readonly Schema[]>(...of: T): Schema<Infer<T[number]>> =>
    schema({ anyOf: of.map((one) => one.json) }),
  /** Any JSON value. */
  any: (about: About<Json> = {}): Schema<Json> => schema({}, about),
  /** The key may be missing; then the value is `undefined`. */
  optional: <T>(of: Schema<T>): Schema<T | undefined> => ({ json: of.json, absent: true }),
} as const;
