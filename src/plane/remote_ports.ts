/** What plugins in a plane get: events, files and answers over the host's HTTP API. @module */
import { z } from "zod";
import { KeptnError, type ErrorCode } from "../spec/errors.ts";
import { commonData, type KeptnEvent } from "../spec/event.ts";
import type { Events, PluginResources, PluginStore, ResourcePlace } from "../plugins/ports.ts";
import { type HostAnswer, type HostClient, messageOf, succeeded } from "./host_client.ts";
import type { Outbox } from "./outbox.ts";

const EVENTS = z.object({ events: z.array(z.looseObject({ id: z.string() })).nullish() });

/** Events of the host, read over its API; what is sent goes through the outbox. */
export function remoteEvents(host: HostClient, outbox: Outbox): Events {
  const read = async (path: string, query: { [name: string]: string | number | undefined }) => {
    const body = succeeded(await host.get(path, query), "events");
    return (EVENTS.parse(body).events ?? []) as unknown as KeptnEvent[];
  };
  const ofContext = async (context: string): Promise<KeptnEvent[]> =>
    (await read("/mongodb-datastore/event", { keptnContext: context, pageSize: 100 })).toReversed();
  return {
    renames: true,
    send: (event, { along = [], key }) => outbox.send(event, key ?? event.id, along),
    byId: () => Promise.resolve(null),
    async answers(triggeredid, context) {
      const events = await ofContext(context);
      return events.filter(
        (event) => event.triggeredid === triggeredid && /\.(started|finished)$/.test(event.type),
      );
    },
    ofContext,
    query({ type, project, stage, service, result, limit = 20, excludeInvalidated }) {
      const terms = Object.entries({ project, stage, service, result })
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `data.${name}:${value}`);
      return read(`/mongodb-datastore/event/type/${encodeURIComponent(type)}`, {
        filter: terms.join(" AND "),
        limit,
        excludeInvalidated: excludeInvalidated ? "true" : undefined,
      });
    },
  };
}

const RESOURCE = z.object({
  resourceContent: z.string().nullish(),
  metadata: z.object({ version: z.string().nullish() }).nullish(),
});
const LIST = z.object({ resources: z.array(z.object({ resourceURI: z.string() })).nullish() });
const WRITTEN = z.object({ commitID: z.string().default("") });

/** Files of the host's projects. */
export function remoteResources(host: HostClient, store: PluginStore): PluginResources {
  return {
    async read(place, path, commit) {
      const answer = await host.get(`${level(place)}/resource/${encodeURIComponent(path)}`, {
        gitCommitID: commit,
      });
      const { resourceContent, metadata } = RESOURCE.parse(opened(answer, path));
      return { content: bytes(resourceContent ?? ""), commit: metadata?.version ?? "" };
    },
    async list(place) {
      const answer = await host.get(`${level(place)}/resource`, { pageSize: 10_000 });
      const { resources } = LIST.parse(opened(answer, "resources"));
      return { paths: (resources ?? []).map(({ resourceURI }) => resourceURI.replace(/^\//, "")) };
    },
    async write(place, changes, _message, along = []) {
      const resources = changes.map(({ path, content }) => {
        if (content === null) {
          throw new KeptnError("ERR_RESOURCE_URI", "a plane cannot remove files of the host");
        }
        return { resourceURI: path, resourceContent: base64(content) };
      });
      const answer = await host.send("PUT", `${level(place)}/resource`, { resources });
      const { commitID } = WRITTEN.parse(opened(answer, "resources"));
      await store.write(along);
      return { commit: commitID };
    },
  };
}

function level({ project, stage, service }: ResourcePlace): string {
  const parts = [
    `/resource-service/v1/project/${encodeURIComponent(project)}`,
    ...(stage === undefined ? [] : [`stage/${encodeURIComponent(stage)}`]),
    ...(service === undefined ? [] : [`service/${encodeURIComponent(service)}`]),
  ];
  return parts.join("/");
}

const MISSING: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^project/i, "ERR_PROJECT_UNKNOWN"],
  [/^stage/i, "ERR_STAGE_UNKNOWN"],
  [/^service/i, "ERR_SERVICE_UNKNOWN"],
];

function opened(answer: HostAnswer, what: string) {
  if (answer.status !== 404) return succeeded(answer, what);
  const said = messageOf(answer);
  const code = MISSING.find(([pattern]) => pattern.test(said))?.[1] ?? "ERR_RESOURCE_UNKNOWN";
  throw new KeptnError(code, `${what}: ${said}`);
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function base64(content: Uint8Array): string {
  let binary = "";
  for (const byte of content) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Tells whether an event is for this plane. */
export function admits(
  filter: {
    readonly projects: readonly string[];
    readonly stages: readonly string[];
    readonly services: readonly string[];
  },
  event: KeptnEvent,
): boolean {
  const common = commonData(event.data);
  if ("undecodable" in common) return false;
  const one = (names: readonly string[], name: string): boolean =>
    names.length === 0 || names.includes(name);
  return (
    one(filter.projects, common.project) &&
    one(filter.stages, common.stage) &&
    one(filter.services, common.service)
  );
}
