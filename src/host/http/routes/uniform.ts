/** `uniform/registration` and its subscriptions (Keptn: http-api.md 4). @module */
import { z } from "zod";
import { KeptnError } from "../../../spec/errors.ts";
import {
  idModel,
  integrationModel,
  integrationsModel,
  subscriptionModel,
} from "../../../spec/uniform.ts";
import type { Integration, Subscription } from "../../tables/integration_table.ts";
import type { NewSubscription, Registration, Uniform } from "../uniform.ts";
import type { Api } from "../api.ts";
import { checked, parsedBody } from "../body.ts";
import { json } from "../reply.ts";

const text = z.string().optional();
const listQuery = z.object({
  name: text,
  id: text,
  namespace: text,
  hostname: text,
  project: text,
  stage: text,
  service: text,
});
const base = "/api/controlPlane/v1/uniform/registration";
const access = "plane";

export function uniformRoutes(api: Api, uniform: Uniform): void {
  const limit = api.deps.settings.maxBodyBytes;
  const list = {
    summary: "Registered integrations",
    access,
    query: listQuery,
    answer: integrationsModel,
  } as const;
  api.route("get", base, list, async (context) => {
    const query = checked(context.req.query(), listQuery);
    const found = (await uniform.list()).filter((one) => matches(one, query));
    return json(context, found.map(integrationJson));
  });
  const register = {
    summary: "Registers an integration",
    access,
    body: integrationModel,
    status: 201,
    answer: idModel,
  } as const;
  api.route("post", base, register, async (context) => {
    const body = await parsedBody(context, limit, integrationModel);
    const { id, created } = await uniform.register(registrationOf(body));
    return json(context, { id }, created ? 201 : 200);
  });
  const ping = {
    summary: "Keeps an integration alive; answers its subscriptions",
    access,
    answer: integrationModel,
  } as const;
  api.route("put", `${base}/:id/ping`, ping, async (context) =>
    json(context, integrationJson(await uniform.ping(param(context, "id")))),
  );
  api.route(
    "delete",
    `${base}/:id`,
    { summary: "Forgets an integration", access },
    async (context) => {
      await uniform.remove(param(context, "id"));
      return json(context, {});
    },
  );
  subscriptionRoutes(api, uniform, limit);
}

function subscriptionRoutes(api: Api, uniform: Uniform, limit: number): void {
  const all = `${base}/:id/subscription`;
  const one = `${all}/:sid`;
  const subscriptions = z.array(subscriptionModel);
  api.route(
    "get",
    all,
    { summary: "Subscriptions of an integration", access, answer: subscriptions },
    async (context) => json(context, (await uniform.read(param(context, "id"))).subscriptions),
  );
  api.route(
    "get",
    one,
    { summary: "One subscription", access, answer: subscriptionModel },
    async (context) => {
      const sid = param(context, "sid");
      const { subscriptions } = await uniform.read(param(context, "id"));
      const found = subscriptions.find((subscription) => subscription.id === sid);
      if (!found) throw new KeptnError("ERR_INTEGRATION_UNKNOWN", `subscription ${sid} not found`);
      return json(context, found);
    },
  );
  const add = {
    summary: "Adds a subscription",
    access,
    body: subscriptionModel,
    status: 201,
    answer: idModel,
  } as const;
  api.route("post", all, add, async (context) => {
    const body = await parsedBody(context, limit, subscriptionModel);
    return json(
      context,
      { id: await uniform.subscribe(param(context, "id"), subscriptionOf(body)) },
      201,
    );
  });
  const put = { ...add, summary: "Replaces or adds a subscription" };
  api.route("put", one, put, async (context) => {
    const body = await parsedBody(context, limit, subscriptionModel);
    const sid = param(context, "sid");
    return json(
      context,
      { id: await uniform.subscribe(param(context, "id"), subscriptionOf(body), sid) },
      201,
    );
  });
  api.route("delete", one, { summary: "Removes a subscription", access }, async (context) => {
    await uniform.unsubscribe(param(context, "id"), param(context, "sid"));
    return json(context, {});
  });
}

function param(
  context: { req: { param(name: string): string | undefined } },
  name: string,
): string {
  return context.req.param(name) ?? "";
}

function matches(one: Integration, query: z.infer<typeof listQuery>): boolean {
  const { name, id, namespace, hostname, project, stage, service } = query;
  const listed = (
    pick: (filter: Subscription["filter"]) => readonly string[],
    value?: string,
  ): boolean => !value || one.subscriptions.some(({ filter }) => pick(filter).includes(value));
  return (
    (!name || one.name === name) &&
    (!id || one.id === id) &&
    (!namespace || one.namespace === namespace) &&
    (!hostname || one.hostname === hostname) &&
    listed((filter) => filter.projects, project) &&
    listed((filter) => filter.stages, stage) &&
    listed((filter) => filter.services, service)
  );
}

function registrationOf(body: z.infer<typeof integrationModel>): Registration {
  const { metadata } = body;
  const kubernetes = metadata.kubernetesmetadata;
  return {
    name: body.name,
    hostname: metadata.hostname,
    integrationversion: metadata.integrationversion ?? "",
    distributorversion: metadata.distributorversion ?? "",
    location: metadata.location ?? "",
    namespace: kubernetes?.namespace ?? "",
    podname: kubernetes?.podname ?? "",
    deploymentname: kubernetes?.deploymentname ?? "",
    subscriptions: (body.subscriptions ?? []).map((one) => ({ ...subscriptionOf(one), id: "" })),
  };
}

function subscriptionOf({ event, filter }: z.infer<typeof subscriptionModel>): NewSubscription {
  return {
    event,
    filter: {
      projects: filter?.projects ?? [],
      stages: filter?.stages ?? [],
      services: filter?.services ?? [],
    },
  };
}

/** Keptn's shape: no field is left out, liveness is `lastseen` alone (Keptn: http-api.md 4.1). */
function integrationJson(one: Integration): unknown {
  return {
    id: one.id,
    name: one.name,
    metadata: {
      hostname: one.hostname,
      integrationversion: one.integrationversion,
      distributorversion: one.distributorversion,
      location: one.location,
      kubernetesmetadata: {
        namespace: one.namespace,
        podname: one.podname,
        deploymentname: one.deploymentname,
      },
      lastseen: new Date(one.lastseen).toISOString(),
    },
    subscriptions: one.subscriptions,
  };
}
