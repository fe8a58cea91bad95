/** Open triggered events: how executors without NATS get their work (Keptn: http-api.md 4.6). @module */
import { z } from "zod";
import { KeptnError } from "../../../spec/errors.ts";
import { triggeredEvents } from "../../../spec/models.ts";
import {
  countEvents,
  selectNewestFirst,
  whereOpen,
  type Where,
} from "../../tables/event_query_table.ts";
import type { Api } from "../api.ts";
import type { Live } from "../live.ts";
import { longPoll, waitOf } from "../long_poll.ts";
import { stringKey, stringPage } from "../paging.ts";
import { requireProject } from "../projects.ts";
import { rawJson } from "../reply.ts";

const query = z.object({
  project: z.string().optional(),
  stage: z.string().optional(),
  service: z.string().optional(),
  eventID: z.string().optional(),
  pageSize: z.string().optional(),
  nextPageKey: z.string().optional(),
  wait: z.string().optional().meta({
    description: "waits up to this long (at most 60s) for events; oldest first, with a cursor",
  }),
  after: z.string().optional().meta({
    description: "cursor of an earlier answer: only what was opened or released after it",
  }),
});

export function triggeredRoutes(api: Api, live: Live): void {
  const { deps } = api;
  const about = {
    summary: "Open triggered events of exactly one type",
    access: "plane",
    query,
    answer: triggeredEvents,
  } as const;
  api.route("get", "/api/controlPlane/v1/event/triggered/:type", about, async (context) => {
    const ask = (name: string): string | undefined => context.req.query(name);
    const page = stringPage(ask);
    const project = ask("project") || undefined;
    const type = context.req.param("type") ?? "";
    const filter = {
      project,
      stage: ask("stage") || undefined,
      service: ask("service") || undefined,
      id: ask("eventID") || undefined,
    };
    const wait = ask("wait");
    const after = ask("after");
    if (wait === undefined) {
      if (after !== undefined) {
        throw new KeptnError("ERR_QUERY_INVALID", "after goes with wait, such as wait=30s");
      }
      if (project !== undefined) await requireProject(deps, project);
      const where = whereOpen(type, filter);
      return rawJson(context, await listed(where, page, project === undefined));
    }
    const milliseconds = waitOf(wait);
    if (page.size < 1) {
      throw new KeptnError("ERR_QUERY_INVALID", "pageSize must be at least 1 together with wait");
    }
    if (project !== undefined) await requireProject(deps, project);
    const polled = await longPoll(deps, live, {
      type,
      filter,
      size: page.size,
      wait: milliseconds,
      after,
      gone: context.req.raw.signal,
    });
    const cursor = `,"cursor":${JSON.stringify(polled.cursor)}`;
    return rawJson(context, eventsJson(polled.bodies, "0", polled.total, cursor));
  });

  async function listed(
    where: Where,
    page: { offset: number; size: number },
    byProject: boolean,
  ): Promise<string> {
    const [counts, rows] = await deps.store.read([
      countEvents(where),
      selectNewestFirst(where, page, byProject),
    ]);
    const total = Number(counts?.[0]?.n ?? 0);
    const bodies = (rows ?? []).map((row) => String(row.body));
    return eventsJson(bodies, stringKey(page, total), total, "");
  }
}

/** The bodies are JSON already and go out as they are stored. */
function eventsJson(bodies: readonly string[], key: string, total: number, more: string): string {
  const events = bodies.join(",");
  const count = total > 0 ? `,"totalCount":${total}` : "";
  return `{"events":[${events}],"nextPageKey":"${key}"${count}${more}}`;
}
