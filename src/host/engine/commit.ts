/** One group of decisions as one write (design D2, D4, D5). @module */
import { parseEventType } from "../../spec/event_type.ts";
import { dataOf } from "../../spec/event.ts";
import { textAt } from "../../spec/json.ts";
import type { Statement } from "../ports/store.ts";
import { upsertContexts } from "../tables/context_table.ts";
import {
  closeEvents,
  insertEvents,
  type LastEvent,
  type NewEntry,
  upsertLastEvents,
} from "../tables/event_table.ts";
import { upsertExecutions } from "../tables/execution_table.ts";
import { type Guard, guardAll } from "../tables/guard.ts";
import { upsertSlots } from "../tables/slot_table.ts";
import { rowsAsJson, sql } from "../tables/statement.ts";
import type { Cache } from "./cache.ts";
import type { Draft } from "./draft.ts";
import { overallState } from "./view.ts";

/** The entries of a draft as they shall be stored: what was closed at once is not open. */
export function entriesOf(draft: Draft): NewEntry[] {
  return draft.entries.map((entry) =>
    entry.open && draft.closed.has(entry.event.id) ? { ...entry, open: false } : entry,
  );
}

/** What must still be so when the draft is written. */
export function guardsOf(draft: Draft, cache: Cache): Guard[] {
  const guards = new Map<string, Guard>();
  for (const [key, need] of draft.reads) {
    switch (need.kind) {
      case "context": {
        const { version } = cache.context(need.project, need.id);
        guards.set(key, { table: "context", key: [need.project, need.id], version });
        break;
      }
      case "slot": {
        const { project, stage, service } = need.slot;
        const { version } = cache.slot(need.slot).row;
        guards.set(key, { table: "slot", key: [project, stage, service], version });
        break;
      }
      case "project":
        guards.set(key, {
          table: "project",
          key: [need.name],
          version: cache.project(need.name).version,
        });
        break;
      case "branch": {
        const name = cache.branchOf(need.project, need.stage) ?? need.stage;
        const version = cache.head(need.project, need.stage)?.version ?? 0;
        guards.set(key, { table: "branch", key: [need.project, name], version });
        break;
      }
      case "execution":
        break;
    }
  }
  return [...guards.values()];
}

/** The statements of a draft, guard first, event rows second. */
export function statementsOf(
  draft: Draft,
  cache: Cache,
  entries: readonly NewEntry[],
): {
  readonly guard: Statement[];
  readonly events: Statement[];
  readonly state: Statement[];
} {
  const guards = guardsOf(draft, cache);
  const inserted = new Set(entries.map(({ event }) => event.id));
  const closed = [...draft.closed].filter((id) => !inserted.has(id));
  const contexts = [...draft.contexts.values()].map((value) => {
    const version = cache.context(value.project, value.id).version + 1;
    return { value, version, state: value.view ? overallState(value) : "" };
  });
  const slots = [...draft.slots.values()].map(({ row }) => ({ ...row, version: row.version + 1 }));
  return {
    guard: guards.length > 0 ? [guardAll(guards)] : [],
    events: insertEvents(entries),
    state: [
      ...upsertContexts(contexts),
      ...upsertExecutions([...draft.executions.values()]),
      ...upsertSlots(slots),
      ...closeEvents(closed),
      ...upsertLastEvents(lastEvents(draft, entries)),
      ...chainedOf(draft),
    ],
  };
}

/** Remembers under which keys the inputs of a group came. */
export function insertDedupe(
  rows: readonly {
    readonly key: string;
    readonly event: string;
    readonly context: string;
    readonly at: number;
  }[],
): Statement[] {
  return rowsAsJson(
    `INSERT INTO dedupe (key, event, context, at)
     SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?1)`,
    rows.map(({ key, event, context, at }) => [key, event, context, at]),
  );
}

export function selectDedupe(keys: readonly string[]): Statement {
  return sql(
    `SELECT key, event, context FROM dedupe WHERE key IN (SELECT value FROM json_each(?1))`,
    JSON.stringify(keys),
  );
}

/** Marks the batch, so that a retry after a lost answer recognises its own commit (design D5). */
export function markCommit(host: string, id: string): Statement {
  return sql(
    `INSERT INTO commit_mark (host, id) VALUES (?, ?) ON CONFLICT (host) DO UPDATE SET id = excluded.id`,
    host,
    id,
  );
}

export function selectMark(host: string): Statement {
  return sql(`SELECT id FROM commit_mark WHERE host = ?`, host);
}

function chainedOf(draft: Draft): Statement[] {
  return [...draft.chained.values()].map(({ name, text }) =>
    sql(`UPDATE project SET chained = ?, version = version + 1 WHERE name = ?`, text, name),
  );
}

/** Task events, and with a finished deployment the image that its sequence was triggered with. */
function lastEvents(draft: Draft, entries: readonly NewEntry[]): LastEvent[] {
  return entries.flatMap(({ origin, event, at }) => {
    if (origin === "internal" || parseEventType(event.type).level !== "task") return [];
    const image =
      event.type === "sh.keptn.event.deployment.finished"
        ? imageOf(draft, event.triggeredid)
        : undefined;
    return [{ event, at, ...(image === undefined ? {} : { image }) }];
  });
}

function imageOf(draft: Draft, taskId: string | undefined): string | undefined {
  for (const { done, current, trigger } of draft.executions.values()) {
    if (current?.id !== taskId && !done.some(({ id }) => id === taskId)) continue;
    return textAt(dataOf(trigger), "configurationChange", "values", "image");
  }
  return undefined;
}
