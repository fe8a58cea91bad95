/** Secrets and their scopes (Keptn: http-api.md 2.5). @module */
import { z } from "zod";
import { KeptnError } from "../../../spec/errors.ts";
import { scopesModel, secretInput, secretsModel } from "../../../spec/uniform.ts";
import type { Api } from "../api.ts";
import { parsedBody } from "../body.ts";
import { invalidFormat } from "../problem.ts";
import { empty, json } from "../reply.ts";

const DEFAULT_SCOPE = "keptn-default";
const SCOPES = [
  "dynatrace-service",
  DEFAULT_SCOPE,
  "keptn-prometheus-service",
  "keptn-webhook-service",
];
const LONGEST = 253;
const KUBERNETES_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const base = "/api/secrets/v1/secret";
const bothQuery = z.object({ name: z.string(), scope: z.string() });

export function secretRoutes(api: Api): void {
  const { secrets, settings } = api.deps;
  const create = {
    summary: "Creates a secret",
    body: secretInput,
    status: 201,
    answer: secretInput,
  } as const;
  api.route("post", base, create, async (context) => {
    const body = await parsedBody(context, settings.maxBodyBytes, secretInput);
    const scope = scopeOf(body.scope || DEFAULT_SCOPE, "create");
    checkNames(body.name, Object.keys(body.data));
    await told("create", () => secrets.create(body.name, scope, body.data));
    return json(context, { name: body.name, scope, data: body.data }, 201);
  });
  const update = {
    summary: "Replaces the values of a secret",
    body: secretInput,
    answer: secretInput,
  } as const;
  api.route("put", base, update, async (context) => {
    const body = await parsedBody(context, settings.maxBodyBytes, secretInput);
    const scope = scopeOf(body.scope ?? "", "update");
    checkNames(body.name, Object.keys(body.data));
    await told("update", () => secrets.update(body.name, scope, body.data));
    return json(context, { name: body.name, scope, data: body.data });
  });
  api.route("delete", base, { summary: "Removes a secret", query: bothQuery }, async (context) => {
    const { name, scope } = context.req.query();
    if (!name || !scope) throw invalidFormat("name and scope are both required");
    scopeOf(scope, "delete");
    await told("delete", () => secrets.delete(name, scope));
    return empty(200);
  });
  const list = {
    summary: "Names of secrets and of their keys",
    query: bothQuery.partial(),
    answer: secretsModel,
  } as const;
  api.route("get", base, list, async (context) => {
    const { name, scope } = context.req.query();
    // Others, such as the git credentials of projects, are not for those who write secrets.
    const found = (await secrets.list()).filter(
      (one) =>
        SCOPES.includes(one.scope) &&
        (!name || one.name === name) &&
        (!scope || one.scope === scope),
    );
    return json(context, {
      Secrets: found.map(({ name, scope, keys }) => ({ name, scope, keys })),
    });
  });
  const scopes = { summary: "Scopes of secrets", answer: scopesModel } as const;
  api.route("get", "/api/secrets/v1/scope", scopes, (context) => json(context, { scopes: SCOPES }));
}

function scopeOf(scope: string, verb: string): string {
  if (SCOPES.includes(scope)) return scope;
  throw new KeptnError(
    "ERR_BODY_INVALID",
    `Unable to ${verb} secret: scope ${JSON.stringify(scope)} not found: there are ${SCOPES.join(", ")}`,
  );
}

function checkNames(name: string, keys: readonly string[]): void {
  if (name.length > LONGEST || keys.some((key) => key.length > LONGEST)) {
    throw new KeptnError(
      "ERR_NAME_INVALID",
      "Unable to create secret: name and key values must be no more than 253 characters",
    );
  }
  if (!KUBERNETES_NAME.test(name)) {
    throw new KeptnError(
      "ERR_NAME_INVALID",
      `Unable to create secret: name ${JSON.stringify(name)} must be lower-case letters, digits, '-' and '.', and begin and end with a letter or digit`,
    );
  }
}

/** Puts Keptn's words before what the store of secrets says. */
async function told(verb: "create" | "update" | "delete", act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (KeptnError.is(error, "ERR_SECRET_EXISTS")) {
      throw new KeptnError(error.code, `Unable to ${verb} secret: secret already exists`);
    }
    if (KeptnError.is(error, "ERR_SECRET_UNKNOWN")) {
      throw new KeptnError(error.code, `Unable to ${verb} secret: secret not found`);
    }
    throw error;
  }
}
