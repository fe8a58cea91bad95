/** Keptn's datastore: stored events by filter (Keptn: http-api.md 2.4). @module */
import { z } from "zod";
import { eventModel, eventsModel } from "../../../spec/models.ts";
import type { Row } from "../../ports/store.ts";
import {
  and,
  countEvents,
  NOT_INVALIDATED,
  ROOTS,
  selectNewestFirst,
  selectProjectOf,
  STORED,
  whereEqual,
  type Where,
} from "../../tables/event_query_table.ts";
import type { Api, Handler } from "../api.ts";
import { whereFilter } from "../event_filter.ts";
import { boundedSize, offsetOf } from "../paging.ts";
import { fieldProblem } from "../problem.ts";
import { rawJson } from "../reply.ts";

const text = z.string().optional();
const eventQuery = z.object({
  keptnContext: text,
  type: text,
  source: text,
  project: text,
  stage: text,
  service: text,
  eventID: text,
  fromTime: text.meta({ description: "later than, compared as text" }),
  beforeTime: text.meta({ description: "earlier than, compared as text" }),
  root: text.meta({ description: "any value: only the first event of each context" }),
  pageSize: text,
  nextPageKey: text,
});
const typeQuery = z.object({
  filter: z.string().meta({
    description:
      "terms key:value joined by ' AND '; a value may be a comma list; data.project or shkeptncontext is a must",
  }),
  excludeInvalidated: text,
  fromTime: text,
  limit: text,
});

export function datastoreRoutes(api: Api): void {
  const { store } = api.deps;
  const events: Handler = async (context) => {
    const ask = (name: string): string | undefined => context.req.query(name) || undefined;
    const size = boundedSize("pageSize", context.req.query("pageSize"));
    const page = { offset: offsetOf(ask("nextPageKey")), size };
    const keptnContext = ask("keptnContext");
    const where = and(
      {
        parts: [keptnContext ? "+project = ?" : "project = ?"],
        args: [ask("project") ?? (await projectOf(keptnContext))],
      },
      whereEqual(
        {
          context: keptnContext,
          type: ask("type"),
          source: ask("source"),
          stage: ask("stage"),
          service: ask("service"),
          id: ask("eventID"),
        },
        "context",
      ),
      whereTime(">", ask("fromTime")),
      whereTime("<", ask("beforeTime")),
      ...(ask("root") ? [ROOTS] : []),
      STORED,
    );
    const [counts, rows = []] = await store.read([
      countEvents(where),
      selectNewestFirst(where, page),
    ]);
    const total = Number(counts?.[0]?.n ?? 0);
    const next = page.offset + page.size;
    // The last page has no key: the Bridge would ask for ever (Keptn: http-api.md 0.5).
    const key = next < total ? `"nextPageKey":"${next}",` : "";
    const count = total > 0 ? `,"totalCount":${total}` : "";
    return rawJson(context, `{${list(rows)},${key}"pageSize":${size}${count}}`);
  };

  /** Keptn looked into the bucket of one project: that of the context, else the one without name. */
  async function projectOf(keptnContext: string | undefined): Promise<string> {
    if (keptnContext === undefined) return "";
    const [rows] = await store.read([selectProjectOf(keptnContext)]);
    return String(rows?.[0]?.project ?? "");
  }

  const ofType: Handler = async (context) => {
    const ask = (name: string): string | undefined => context.req.query(name) || undefined;
    const filter = ask("filter");
    if (filter === undefined) throw fieldProblem(602, "filter in query is required");
    const limit = boundedSize("limit", context.req.query("limit"));
    const where = and(
      whereFilter(filter, context.req.param("type") ?? ""),
      whereTime(">", ask("fromTime")),
      ...(isTrue(ask("excludeInvalidated")) ? [NOT_INVALIDATED] : []),
      STORED,
    );
    const [rows = []] = await store.read([selectNewestFirst(where, { offset: 0, size: limit })]);
    return rawJson(context, `{${list(rows)}}`);
  };

  const base = "/api/mongodb-datastore/event";
  const access = "plane";
  api.route(
    "get",
    base,
    { summary: "Stored events, newest first", access, query: eventQuery, answer: eventsModel },
    events,
  );
  const answer = z.object({ events: z.array(eventModel) });
  api.route(
    "get",
    `${base}/type/:type`,
    { summary: "Stored events of a type by filter", access, query: typeQuery, answer },
    ofType,
  );
  api.deny(base, "post events to /api/v1/event");
}

function whereTime(comparison: "<" | ">", time: string | undefined): Where {
  return time === undefined
    ? { parts: [], args: [] }
    : { parts: [`time ${comparison} ?`], args: [time] };
}

/** Go's spellings of true. */
function isTrue(value: string | undefined): boolean {
  return ["1", "t", "T", "true", "TRUE", "True", "yes", "on"].includes(value ?? "");
}

function list(rows: readonly Row[]): string {
  return `"events":[${rows.map((row) => String(row.body)).join(",")}]`;
}
