/** What the plugin platform gets from a host: its store, log of events, files, secrets and egress. @module */
import type { KeptnEvent } from "../spec/event.ts";
import type { Events, PlatformPorts } from "../plugins/ports.ts";
import type { EventQuery } from "../plugins/sandbox/calls.ts";
import type { Controller } from "./engine/controller_types.ts";
import type { Clock, Ids } from "./ports/clock.ts";
import type { Egress } from "./ports/egress.ts";
import type { Log } from "./ports/log.ts";
import type { Resources } from "./ports/resources.ts";
import type { Secrets } from "./ports/secrets.ts";
import type { Row, Statement, Store } from "./ports/store.ts";
import { insertLogs } from "./tables/log_entry_table.ts";

export interface PluginPortOptions {
  readonly store: Store;
  /** Exists only after the platform: the controller asks the platform for rows. */
  readonly controller: () => Controller;
  readonly resources: Resources;
  readonly secrets: Pick<Secrets, "read">;
  readonly egress: Egress;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly publicUrl: () => string;
}

export function pluginPorts(options: PluginPortOptions): PlatformPorts {
  const { store, resources, secrets, egress, clock, ids, log, publicUrl } = options;
  return {
    store,
    events: storedEvents(store, options.controller),
    resources: {
      read: (place, path, commit) => resources.read(place, path, commit),
      list: (place) => resources.list(place),
      head: (project) => resources.head(project),
      write: (place, changes, message, along) => resources.write(place, changes, message, along),
    },
    secrets,
    egress,
    clock,
    ids,
    log,
    publicUrl,
    errorLog: ({ integration, context, at, ...entry }) =>
      insertLogs([
        {
          ...entry,
          integrationid: integration,
          shkeptncontext: context,
          time: new Date(at).toISOString(),
        },
      ]),
  };
}

const MAX_EVENTS = 1_000;

/** Events of the host's own log. */
function storedEvents(store: Store, controller: () => Controller): Events {
  const select = async (sql: string, ...args: readonly (string | number)[]) => {
    const [rows] = await store.read([{ sql, args }]);
    return (rows ?? []).map(bodyOf);
  };
  return {
    async send(event, { principal, along = [], reason }) {
      const why = reason ? { reason } : {};
      const accepted = await controller().accept(event, { via: "host", principal, along, ...why });
      // An event that cannot be part of the log must not keep its task open for ever.
      if (accepted.kind !== "recorded" && along.length > 0) await store.write(along);
    },
    async byId(id) {
      return (await select(`SELECT body FROM event WHERE id=?`, id))[0] ?? null;
    },
    answers: (triggeredid) =>
      select(`SELECT body FROM event WHERE triggeredid=? ORDER BY seq LIMIT 100`, triggeredid),
    async query(query) {
      const { sql, args } = queryEvents(query);
      return select(sql, ...(args as (string | number)[]));
    },
    ofContext: (context) =>
      select(
        `SELECT body FROM event WHERE context=? AND origin<>'internal' ORDER BY seq LIMIT ${MAX_EVENTS}`,
        context,
      ),
  };
}

/** Newest first; `result` may list several, comma-separated (Keptn: lighthouse.md 6.2). */
function queryEvents(query: EventQuery): Statement {
  const { type, project, stage, service, result, limit = 20, excludeInvalidated } = query;
  const where = [`e.type=?`];
  const args: (string | number)[] = [type];
  for (const [column, value] of Object.entries({ project, stage, service })) {
    if (value === undefined) continue;
    where.push(`e.${column}=?`);
    args.push(value);
  }
  if (result !== undefined) {
    where.push(`e.body->>'$.data.result' IN (SELECT value FROM json_each(?))`);
    args.push(JSON.stringify(result.split(",")));
  }
  if (excludeInvalidated) {
    where.push(`NOT EXISTS (SELECT 1 FROM event i WHERE i.triggeredid=e.triggeredid
      AND i.project=e.project AND i.type LIKE '%.invalidated')`);
  }
  return {
    sql: `SELECT e.body AS body FROM event e WHERE ${where.join(" AND ")}
          ORDER BY e.seq DESC LIMIT ?`,
    args: [...args, limit],
  };
}

function bodyOf(row: Row): KeptnEvent {
  return JSON.parse(String(row.body)) as KeptnEvent;
}
