/** OpenAPI 3.1 out of the declared routes and their zod schemas (design D23). @module */
import { z } from "zod";
import { errorModel } from "../../spec/models.ts";
import type { JsonObject } from "../../spec/json.ts";
import type { Route } from "./api.ts";

const SCHEMAS = "#/components/schemas/";

/** Everything that the host answers to, as one OpenAPI document. */
export function openApi(routes: readonly Route[], version: string, prefix: string): JsonObject {
  const components: JsonObject = {};
  const paths: { [path: string]: JsonObject } = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)(?:\{[^}]*\})?/g, "{$1}").replace(/\*$/, "{rest}");
    const operations = (paths[path] ??= {});
    operations[route.method] = operation(route, path, components);
  }
  schemaOf(errorModel, components);
  return {
    openapi: "3.1.0",
    info: {
      title: "Periplus",
      version,
      description: "The API of the Keptn v1 control plane, and what Periplus adds to it.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: prefix === "" ? "/" : prefix }],
    security: [{ token: [] }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { token: { type: "apiKey", in: "header", name: "x-token" } },
      schemas: components,
    },
  };
}

function operation(route: Route, path: string, components: JsonObject): JsonObject {
  const { method, summary, access, body, bodyTypes = ["application/json"], status = 200 } = route;
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => pathParameter(name!)),
    ...queryParameters(route, components),
  ];
  return {
    operationId: `${method}${path.replace(/\W+(\w?)/g, (_, first: string) => first.toUpperCase())}`,
    summary,
    tags: [tagOf(route)],
    ...(access === "open" ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body
      ? {
          requestBody: {
            required: true,
            content: Object.fromEntries(
              bodyTypes.map((type) => [type, { schema: schemaOf(body, components) }]),
            ),
          },
        }
      : {}),
    responses: {
      [String(status)]: success(route, components),
      default: {
        description: "what was wrong, where, and what would be right",
        content: { "application/json": { schema: { $ref: `${SCHEMAS}Error` } } },
      },
    },
  };
}

function success({ answer, answerType, summary }: Route, components: JsonObject): JsonObject {
  if (answerType) return { description: summary, content: { [answerType]: {} } };
  if (!answer) return { description: summary };
  const schema = schemaOf(answer, components, "output");
  return { description: summary, content: { "application/json": { schema } } };
}

function pathParameter(name: string): JsonObject {
  return { name, in: "path", required: true, schema: { type: "string" } };
}

function queryParameters({ query }: Route, components: JsonObject): JsonObject[] {
  if (!query) return [];
  const schema = schemaOf(query, components) as {
    properties?: { [name: string]: JsonObject };
    required?: string[];
  };
  return Object.entries(schema.properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: "query",
    required: schema.required?.includes(name) ?? false,
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

/** JSON Schema of a type; types with an id move to the components. */
function schemaOf(
  type: z.ZodType,
  components: JsonObject,
  io: "input" | "output" = "input",
): JsonObject {
  const {
    $schema: _dialect,
    $defs: definitions = {},
    id: _id,
    ...schema
  } = z.toJSONSchema(type, { io, unrepresentable: "any", reused: "inline" }) as JsonObject;
  for (const [name, definition] of Object.entries(definitions as JsonObject)) {
    components[name] ??= moved(definition) as JsonObject;
  }
  const name = type.meta()?.id;
  if (name === undefined) return moved(schema) as JsonObject;
  components[name] ??= moved(schema) as JsonObject;
  return { $ref: `${SCHEMAS}${name}` };
}

/** Points references of a schema of its own to the components of the document. */
function moved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, part]) => !(key === "id" && typeof part === "string"))
      .map(([key, part]) => [
        key,
        key === "$ref" && typeof part === "string"
          ? part.replace("#/$defs/", SCHEMAS)
          : moved(part),
      ]),
  );
}

function tagOf({ path }: Route): string {
  const named = /^\/api\/(controlPlane|mongodb-datastore|resource-service|secrets|periplus)\//.exec(
    path,
  );
  return named?.[1] ?? (path.startsWith("/api/") ? "api" : "host");
}
