/** Error logs of integrations (Keptn: http-api.md 2.2.10). @module */
import { z } from "zod";
import { KeptnError } from "../../../spec/errors.ts";
import { logInput, logsModel } from "../../../spec/uniform.ts";
import {
  deleteLogs,
  insertLogs,
  type LogEntry,
  type LogFilter,
  readLog,
  selectLogs,
} from "../../tables/log_entry_table.ts";
import type { Api, Handler } from "../api.ts";
import { parsedBody } from "../body.ts";
import { numberKey, numberPage, totalCount } from "../paging.ts";
import { json } from "../reply.ts";

const text = z.string().optional();
const filterQuery = {
  integrationId: text,
  fromTime: text.meta({ description: "not before, written 2006-01-02T15:04:05.000Z" }),
  beforeTime: text.meta({ description: "not after, written 2006-01-02T15:04:05.000Z" }),
};
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ZERO_TIME = /^0001-01-01T/;
const path = "/api/controlPlane/v1/log";

export function logRoutes(api: Api): void {
  const { store, clock, settings } = api.deps;
  const write = {
    summary: "Records error logs of an integration",
    access: "plane",
    body: logInput,
  } as const;
  api.route("post", path, write, async (context) => {
    const { logs } = await parsedBody(context, settings.maxBodyBytes, logInput);
    if (logs.length === 0) {
      throw new KeptnError("ERR_BODY_INVALID", "logs is empty: at least one entry is expected", {
        status: 500,
      });
    }
    const now = clock.now();
    await store.write([
      deleteLogs({ until: now - settings.logTtlMs - 1 }),
      ...insertLogs(logs.map((entry) => entryOf(entry, now))),
    ]);
    return json(context, {});
  });
  const query = z.object({ ...filterQuery, pageSize: text, nextPageKey: text });
  const read = {
    summary: "Error logs, newest first",
    access: "plane",
    query,
    answer: logsModel,
  } as const;
  api.route("get", path, read, async (context) => {
    const ask = (name: string): string | undefined => context.req.query(name) || undefined;
    const page = numberPage(ask);
    const oldest = clock.now() - settings.logTtlMs;
    const filter = filterOf(ask);
    const from = Math.max(filter.from ?? oldest, oldest);
    const [counts, rows = []] = await store.read(selectLogs({ ...filter, from }, page));
    const total = Number(counts?.[0]?.n ?? 0);
    return json(context, {
      logs: rows.map(readLog),
      ...numberKey(page, total),
      ...totalCount(total),
    });
  });
  const remove: Handler = async (context) => {
    const ask = (name: string): string | undefined => context.req.query(name) || undefined;
    await store.write([deleteLogs(filterOf(ask))]);
    return json(context, { integrationId: "", fromTime: "", beforeTime: "" });
  };
  // Keptn's gateway kept DELETE from the outside; here it stands beside, for whoever may administrate.
  api.route(
    "delete",
    "/api/periplus/v1/log",
    { summary: "Deletes error logs", query: z.object(filterQuery) },
    remove,
  );
  api.deny(path, "logs are deleted at /api/periplus/v1/log", "delete");
}

type LogInput = z.infer<typeof logInput>["logs"][number];

function entryOf(entry: LogInput, now: number): LogEntry {
  const { integrationid, message, shkeptncontext, task, triggeredid, gitcommitid } = entry;
  const time = entry.time && !ZERO_TIME.test(entry.time) ? entry.time : new Date(now).toISOString();
  if (Number.isNaN(Date.parse(time))) {
    throw new KeptnError(
      "ERR_BODY_INVALID",
      `Invalid request format: time ${JSON.stringify(time)} is no RFC 3339 time`,
    );
  }
  return { integrationid, message, time, shkeptncontext, task, triggeredid, gitcommitid };
}

function filterOf(ask: (name: string) => string | undefined): LogFilter {
  return {
    integration: ask("integrationId"),
    from: instantOf("fromTime", ask("fromTime")),
    until: instantOf("beforeTime", ask("beforeTime")),
  };
}

/** Exactly three digits of a second, else 404 (Keptn: http-api.md 11, trap 27). */
function instantOf(name: string, time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  if (TIME.test(time) && !Number.isNaN(Date.parse(time))) return Date.parse(time);
  throw new KeptnError(
    "ERR_NOT_FOUND",
    `Unable to retrieve logs: ${name} ${JSON.stringify(time)} is not written like 2006-01-02T15:04:05.000Z`,
  );
}
