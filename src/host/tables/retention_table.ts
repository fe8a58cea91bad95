/** What is removed when it is old: finished deliveries with their events, keys of repeated requests. @module */
import type { Statement } from "../ports/store.ts";
import { sql } from "./statement.ts";

/** Deliveries of a project that are over and began before an instant (RFC 3339), oldest first. */
export function selectOver(project: string, before: string, limit: number): Statement {
  return sql(
    `SELECT id FROM context WHERE project = ? AND time < ? AND time <> ''
       AND state IN ('finished', 'aborted', 'timedOut') ORDER BY time LIMIT ?`,
    project,
    before,
    limit,
  );
}

/** Removes deliveries with all that belongs to them. */
export function deleteContexts(project: string, ids: readonly string[]): Statement[] {
  const chosen = JSON.stringify(ids);
  const among = `IN (SELECT value FROM json_each(?2))`;
  return [
    sql(`DELETE FROM event WHERE context ${among} AND project = ?1`, project, chosen),
    sql(`DELETE FROM execution WHERE project = ?1 AND context ${among}`, project, chosen),
    sql(`DELETE FROM context WHERE project = ?1 AND id ${among}`, project, chosen),
  ];
}

/** The first entry at or after a place in the log, with the instant at which it was taken. */
export function selectAt(seq: number): Statement {
  return sql(`SELECT seq, at FROM event WHERE seq >= ? ORDER BY seq LIMIT 1`, seq);
}

/** Places of entries up to a place that belong to no delivery, oldest first. */
export function selectStray(upTo: number, after: number, limit: number): Statement {
  return sql(
    `SELECT seq FROM event e WHERE seq > ? AND seq <= ?
       AND NOT EXISTS (SELECT 1 FROM context c WHERE c.id = e.context) ORDER BY seq LIMIT ?`,
    after,
    upTo,
    limit,
  );
}

export function deleteEntries(seqs: readonly number[]): Statement {
  return sql(
    `DELETE FROM event WHERE seq IN (SELECT value FROM json_each(?))`,
    JSON.stringify(seqs),
  );
}

export function deleteDedupe(before: number): Statement {
  return sql(`DELETE FROM dedupe WHERE at < ?`, before);
}
