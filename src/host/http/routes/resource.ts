/** Files of projects, stages and services (Keptn: http-api.md 2.3). @module */
import type { Context } from "hono";
import { z } from "zod";
import { decodeBase64, encodeBase64 } from "../../../spec/base64.ts";
import { KeptnError } from "../../../spec/errors.ts";
import {
  resourceInput,
  resourceModel,
  resourcesInput,
  resourcesModel,
  writtenModel,
} from "../../../spec/resource_models.ts";
import type { Committed, Level } from "../../ports/resources.ts";
import { readUpstreamUrl, selectProjectBody } from "../../tables/project_table.ts";
import type { Api, Env } from "../api.ts";
import { parsedBody } from "../body.ts";
import { paged, stringPage } from "../paging.ts";
import { json } from "../reply.ts";
import { readResourcePath } from "../resource_path.ts";
import { pageQuery } from "./project.ts";

const BASE = "/api/resource-service/v1/project/:project";
const LEVELS = [BASE, `${BASE}/stage/:stage`, `${BASE}/stage/:stage/service/:service`];
const FILE = "/:uri{.+}";
const UPDATED = "Updated resource";
const DELETED = "Deleted resource";

const fileQuery = z.object({
  gitCommitID: z.string().optional().meta({ description: "commit to read at; the head without" }),
});

/** Adds the routes of all three levels. */
export function resourceRoutes(api: Api): void {
  const { resources, store, settings } = api.deps;

  async function metadata(project: string, version: string) {
    const [rows] = await store.read([selectProjectBody(project)]);
    return { upstreamURL: rows![0] ? readUpstreamUrl(rows![0]) : "", version };
  }
  async function written(context: Context<Env>, level: Level, done: Committed, status: number) {
    const { commit } = done;
    const facts = await metadata(level.project, commit);
    return json(context, { commitID: commit, metadata: facts, version: commit }, status);
  }
  async function writeAll(context: Context<Env>, status: number): Promise<Response> {
    const level = levelOf(context);
    const body = await parsedBody(context, settings.maxBodyBytes, resourcesInput);
    const changes = body.resources.map(({ resourceURI, resourceContent }) => ({
      path: resourceURI,
      content: contentOf(resourceContent, resourceURI),
    }));
    return written(context, level, await resources.write(level, changes, UPDATED), status);
  }

  for (const base of LEVELS) {
    const at = `${base}/resource`;
    const list = {
      summary: "Files below a level, depth first",
      access: "plane",
      query: pageQuery,
      answer: resourcesModel,
    } as const;
    api.route("get", at, list, async (context) => {
      const page = stringPage((name) => context.req.query(name));
      const level = levelOf(context);
      const { paths, commit } = await resources.list(level);
      const facts = await metadata(level.project, commit);
      const items = paths.map((path) => ({ resourceURI: `/${path}`, metadata: facts }));
      return json(context, paged("resources", items, page));
    });
    const write = { summary: "Writes files", body: resourcesInput, answer: writtenModel } as const;
    api.route("post", at, { ...write, status: 201 }, (context) => writeAll(context, 201));
    api.route("put", at, write, (context) => writeAll(context, 200));

    const read = {
      summary: "One file, at the head or at a commit",
      access: "plane",
      query: fileQuery,
      answer: resourceModel,
    } as const;
    api.route("get", at + FILE, read, async (context) => {
      const level = levelOf(context);
      const { path, echo } = uriOf(context, at);
      const { content, commit } = await resources.read(level, path, commitOf(context));
      const text = encodeBase64(content);
      return json(context, {
        resourceURI: echo,
        ...(text === "" ? {} : { resourceContent: text }),
        metadata: await metadata(level.project, commit),
      });
    });
    const put = { summary: "Writes a file", body: resourceInput, answer: writtenModel } as const;
    api.route("put", at + FILE, put, async (context) => {
      const level = levelOf(context);
      const { path } = uriOf(context, at);
      const body = await parsedBody(context, settings.maxBodyBytes, resourceInput);
      const content = contentOf(body.resourceContent, path);
      const done = await resources.write(level, [{ path, content }], UPDATED);
      return written(context, level, done, 200);
    });
    const remove = { summary: "Removes a file", answer: writtenModel } as const;
    api.route("delete", at + FILE, remove, async (context) => {
      const level = levelOf(context);
      const change = { path: uriOf(context, at).path, content: null };
      return written(context, level, await resources.write(level, [change], DELETED), 200);
    });
  }
}

function levelOf(context: Context<Env>): Level {
  const { project = "", stage, service } = context.req.param() as Record<string, string>;
  return {
    project,
    ...(stage === undefined ? {} : { stage }),
    ...(service === undefined ? {} : { service }),
  };
}

/** What follows the route in the raw path: the router decodes its own parameters. */
function uriOf(context: Context<Env>, route: string) {
  const names = context.req.path.split("/").slice(route.split("/").length);
  return readResourcePath(names.join("/"));
}

/** A value of two double quotes counts as none (Keptn: http-api.md 2.3.2). */
function commitOf(context: Context<Env>): string | undefined {
  const commit = context.req.query("gitCommitID");
  return commit === "" || commit === '""' ? undefined : commit;
}

function contentOf(base64: string, path: string): Uint8Array {
  const content = decodeBase64(base64);
  if (content) return content;
  throw new KeptnError("ERR_BODY_INVALID", "resource content is not base64 encoded", {
    hint: `${path}: resourceContent has to be base64 in the standard alphabet, with padding`,
  });
}
