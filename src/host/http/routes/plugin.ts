/** Plugins, grants, their tasks and callbacks (design D12, D25). @module */
import { z } from "zod";
import { KeptnError } from "../../../spec/errors.ts";
import { isObject } from "../../../spec/json.ts";
import { DEEPEST, isTooDeep } from "../../../spec/json_depth.ts";
import type { Api } from "../api.ts";
import { jsonBody, textBody } from "../body.ts";
import { LARGEST_EVENT } from "../posted.ts";
import { invalidFormat } from "../problem.ts";
import { empty, json } from "../reply.ts";

const plugin = z.looseObject({
  name: z.string(),
  version: z.string().nullable(),
  state: z.string(),
});
const grant = z.object({
  project: z.string().optional(),
  http: z.array(z.string()).optional(),
  secrets: z.array(z.string()).optional(),
  events: z.array(z.string()).optional(),
  resources: z.literal("write").optional(),
});
const base = "/api/periplus/v1";

export function pluginRoutes(api: Api): void {
  const { plugins, settings } = api.deps;
  const list = {
    summary: "Installed plugins",
    answer: z.object({ plugins: z.array(plugin) }),
  } as const;
  api.route("get", `${base}/plugins`, list, async (context) =>
    json(context, { plugins: await plugins.list() }),
  );
  const read = {
    summary: "One plugin: what it asks for, has and was denied",
    answer: plugin,
  } as const;
  api.route("get", `${base}/plugins/:name`, read, async (context) =>
    json(context, await plugins.read(context.req.param("name") ?? "")),
  );
  const allow = { summary: "Adds to the grants of a plugin", body: grant, answer: plugin } as const;
  api.route("put", `${base}/plugins/:name/grant`, allow, async (context) => {
    const body = await jsonBody(context, settings.maxBodyBytes);
    if (!isObject(body)) throw invalidFormat("a grant is a JSON object");
    const name = context.req.param("name") ?? "";
    return json(context, await plugins.allow(name, body, context.get("principal").name));
  });
  const revoke = {
    summary: "Takes back the grants of a plugin",
    query: z.object({ project: z.string().optional() }),
  } as const;
  api.route("delete", `${base}/plugins/:name/grant`, revoke, async (context) => {
    const name = context.req.param("name") ?? "";
    const project = context.req.query("project") || undefined;
    await plugins.revoke(name, context.get("principal").name, project);
    return json(context, {});
  });
  const tasks = {
    summary: "Tasks of plugins, newest first",
    query: z.object({ plugin: z.string().optional(), context: z.string().optional() }),
    answer: z.object({ tasks: z.array(z.looseObject({})) }),
  } as const;
  api.route("get", `${base}/tasks`, tasks, async (context) => {
    const { plugin: name, context: keptnContext } = context.req.query();
    const filter = {
      ...(name ? { plugin: name } : {}),
      ...(keptnContext ? { context: keptnContext } : {}),
    };
    return json(context, { tasks: await plugins.tasks(filter) });
  });
  callbackRoute(api);
}

/** The address itself is the secret: it is random and works once (design §5). */
function callbackRoute(api: Api): void {
  const { plugins } = api.deps;
  const about = {
    summary: "Answers a task that waits for a callback",
    access: "open",
    body: z.unknown(),
    status: 204,
  } as const;
  api.route("post", `${base}/callback/:id`, about, async (context) => {
    // Anybody may call: what is large or deep is refused before it is looked at.
    const text = await textBody(context, LARGEST_EVENT);
    if (isTooDeep(text)) throw invalidFormat(`the body is nested deeper than ${DEEPEST} levels`);
    const taken = await plugins.callback(context.req.param("id") ?? "", parsed(text));
    if (taken) return empty(204);
    throw new KeptnError(
      "ERR_NOT_FOUND",
      "nothing waits for this callback: it was called already, has expired, or never existed",
    );
  });
}

/** JSON as data, anything else as its text, nothing as null. */
function parsed(text: string) {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    // Senders of webhooks also use forms and plain text; the task's schema decides.
    return text;
  }
}
