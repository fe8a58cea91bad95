/** Table `event`: the one log. @module */
import { commonData, type KeptnEvent } from "../../spec/event.ts";
import { parseEventType } from "../../spec/event_type.ts";
import { textAt } from "../../spec/json.ts";
import type { Reason } from "../../spec/reason.ts";
import type { Row, Statement } from "../ports/store.ts";
import { columns, rowsAsJson, sql } from "./statement.ts";

/** How an entry came into the log; `internal` ones never leave the host. */
export type Origin = "received" | "emitted" | "internal";

/** An entry before it has its place in the log. */
export interface NewEntry {
  readonly origin: Origin;
  readonly event: KeptnEvent;
  /** Host time at which it was taken, in milliseconds. */
  readonly at: number;
  /** Name of the token or plugin that brought it. */
  readonly principal: string;
  /** Whether pollers shall see it. */
  readonly open: boolean;
  /** Why it was emitted, or why it was refused. */
  readonly reason?: Reason;
}

const INSERT = `INSERT INTO event
  (id, origin, type, source, at, time, context, triggeredid, project, stage, service, open, principal, body, reason)
  SELECT ${columns(15)} FROM json_each(?1)`;

/** Appends entries in order. */
export function insertEvents(entries: readonly NewEntry[]): Statement[] {
  return rowsAsJson(
    INSERT,
    entries.map(({ origin, event, at, principal, open, reason }) => [
      event.id,
      origin,
      event.type,
      event.source,
      at,
      event.time ?? "",
      event.shkeptncontext,
      event.triggeredid ?? null,
      textAt(event.data, "project") ?? "",
      textAt(event.data, "stage") ?? "",
      textAt(event.data, "service") ?? "",
      open ? 1 : 0,
      principal,
      JSON.stringify(event),
      reason ? JSON.stringify(reason) : null,
    ]),
  );
}

/** Takes triggered events off the pollers' lists. */
export function closeEvents(ids: readonly string[]): Statement[] {
  if (ids.length === 0) return [];
  return [
    sql(
      `UPDATE event SET open = 0 WHERE id IN (SELECT value FROM json_each(?1))`,
      JSON.stringify(ids),
    ),
  ];
}

export function selectEvents(ids: readonly string[]): Statement {
  return sql(
    `SELECT id, body FROM event WHERE id IN (SELECT value FROM json_each(?1))`,
    JSON.stringify(ids),
  );
}

/** Which of these ids the log has. */
export function selectKnownIds(ids: readonly string[]): Statement {
  return sql(
    `SELECT id FROM event WHERE id IN (SELECT value FROM json_each(?1))`,
    JSON.stringify(ids),
  );
}

export function selectSeq(id: string): Statement {
  return sql(`SELECT seq FROM event WHERE id = ?`, id);
}

export function selectNewestSeq(): Statement {
  return sql(`SELECT max(seq) AS seq FROM event`);
}

/** Reads the event of a row that has a column `body`. */
export function readEvent(row: Row): KeptnEvent {
  return JSON.parse(String(row.body)) as KeptnEvent;
}

const LAST = `INSERT INTO last_event (project, stage, service, type, event, context, at, image)
  SELECT ${columns(8)} FROM json_each(?1) WHERE true
  ON CONFLICT (project, stage, service, type) DO UPDATE SET
    event = excluded.event, context = excluded.context, at = excluded.at,
    image = coalesce(excluded.image, image)`;

/** A task event together with the image that a finished deployment brought. */
export interface LastEvent {
  readonly event: KeptnEvent;
  readonly at: number;
  readonly image?: string;
}

/** Remembers the latest event of each type per service (Keptn: orchestration.md 17). */
export function upsertLastEvents(events: readonly LastEvent[]): Statement[] {
  const latest = new Map<string, (string | number | null)[]>();
  for (const { event, at, image } of events) {
    const data = commonData(event.data);
    if ("undecodable" in data || parseEventType(event.type).level !== "task") continue;
    const key = JSON.stringify([data.project, data.stage, data.service, event.type]);
    const row = [
      data.project,
      data.stage,
      data.service,
      event.type,
      event.id,
      event.shkeptncontext,
    ];
    latest.set(key, [...row, at, image ?? null]);
  }
  return rowsAsJson(LAST, [...latest.values()]);
}
