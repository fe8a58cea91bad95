/** Statements that remove what is over and old, a bounded number of rows each. @module */
import type { Statement } from "../ports/store.ts";
import { sql } from "./statement.ts";

/** A delivery of which nothing is open is over. */
const OVER = `NOT EXISTS (SELECT 1 FROM execution x
  WHERE x.project = c.project AND x.context = c.id AND x.open = 1)`;

/** Deliveries that began before `time` (RFC 3339) and are over. */
export function selectOldContexts(time: string, most: number): Statement {
  return sql(
    `SELECT c.id AS id FROM context c WHERE c.time < ? AND ${OVER} ORDER BY c.time LIMIT ?`,
    time,
    most,
  );
}

/** Removes these deliveries with their events, if they are still over when it is written. */
export function deleteContexts(ids: readonly string[]): Statement[] {
  const listed = JSON.stringify(ids);
  const over = `(SELECT c.id FROM context c WHERE c.id IN (SELECT value FROM json_each(?)) AND ${OVER})`;
  // The row of the context goes last: the others ask it.
  return [
    sql(`DELETE FROM event WHERE context IN ${over}`, listed),
    sql(`DELETE FROM execution WHERE context IN ${over}`, listed),
    sql(`DELETE FROM context WHERE id IN ${over}`, listed),
  ];
}

/** Removes old entries of the log that belong to no delivery, such as the creation of a project. */
export function deleteLooseEvents(before: number, most: number): Statement {
  return sql(
    `DELETE FROM event WHERE seq IN (
       SELECT e.seq FROM event e
       WHERE e.seq < coalesce((SELECT seq FROM event WHERE at >= ?1 ORDER BY seq LIMIT 1), 9e15)
         AND NOT EXISTS (SELECT 1 FROM context c WHERE c.id = e.context)
       ORDER BY e.seq LIMIT ?2)`,
    before,
    most,
  );
}

/** Removes keys under which repetitions of requests were known. */
export function deleteOldKeys(before: number): Statement {
  return sql(`DELETE FROM dedupe WHERE at < ?`, before);
}

/** Removes integrations that were silent for too long (Keptn: orchestration.md 22). */
export function deleteSilentIntegrations(before: number): Statement {
  return sql(`DELETE FROM integration WHERE lastseen < ?`, before);
}
