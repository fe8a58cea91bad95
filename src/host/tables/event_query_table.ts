/** Reads of the log for clients: open events, Keptn's datastore, the stream. @module */
import type { SqlValue, Statement } from "../ports/store.ts";

/** Parts of a WHERE clause with their arguments, in order. */
export interface Where {
  readonly parts: readonly string[];
  readonly args: readonly SqlValue[];
}

export interface Place {
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
  readonly service?: string | undefined;
}

const BODY = `seq, id, origin, project, context, body, reason`;

/**
 * Equality with every value that is given and not empty.
 *
 * With `lead` given, the other columns are kept from the choice of an index: SQLite counts columns,
 * not rows, and would rather walk all events of a type than the few of a context.
 */
export function whereEqual(
  columns: { readonly [column: string]: string | undefined },
  lead?: string,
): Where {
  const given = Object.entries(columns).filter(([, value]) => value !== undefined && value !== "");
  const led = lead !== undefined && given.some(([column]) => column === lead);
  return {
    parts: given.map(([column]) => `${led && column !== lead ? "+" : ""}${column} = ?`),
    args: given.map(([, value]) => value as string),
  };
}

export function and(...wheres: readonly Where[]): Where {
  return {
    parts: wheres.flatMap((where) => where.parts),
    args: wheres.flatMap((where) => where.args),
  };
}

function clause({ parts }: Where): string {
  return parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`;
}

/** Open triggered events of one type. */
export function whereOpen(
  type: string,
  place: Place & { readonly id?: string | undefined },
): Where {
  return and({ parts: ["open = 1"], args: [] }, whereEqual({ type, ...place }, "type"));
}

/**
 * What Keptn's datastore stores: no internal entries, no logs, no problems, and not the event that
 * empties it (Keptn: http-api.md 2.4).
 */
export const STORED: Where = {
  parts: [
    `origin <> 'internal'`,
    `type LIKE 'sh.keptn.event.%'`,
    `type <> 'sh.keptn.event.project.delete.finished'`,
  ],
  args: [],
};

/** Only the first known event of each context. */
export const ROOTS: Where = {
  parts: [
    `seq = (SELECT min(r.seq) FROM event r WHERE r.context = event.context
       AND +r.project = event.project AND r.origin <> 'internal')`,
  ],
  args: [],
};

/** Drops what an `*.invalidated` event of the same project refers to. */
export const NOT_INVALIDATED: Where = {
  parts: [
    `NOT EXISTS (SELECT 1 FROM event i WHERE i.triggeredid = event.triggeredid
       AND +i.project = event.project AND i.type LIKE '%.invalidated')`,
  ],
  args: [],
};

/** Any of these values; several travel as one argument. */
export function whereAny(expression: string, values: readonly string[], path?: string): Where {
  const [only, ...others] = values;
  if (only !== undefined && others.length === 0) {
    return { parts: [`${expression} = ?`], args: path === undefined ? [only] : [path, only] };
  }
  const list = JSON.stringify(values);
  return {
    parts: [`${expression} IN (SELECT value FROM json_each(?))`],
    args: path === undefined ? [list] : [path, list],
  };
}

export function countEvents(where: Where): Statement {
  return { sql: `SELECT count(*) AS n FROM event ${clause(where)}`, args: where.args };
}

/** Rows, newest first; `byProject` keeps the projects apart, in order of name. */
export function selectNewestFirst(
  where: Where,
  page: { readonly offset: number; readonly size: number },
  byProject = false,
): Statement {
  return {
    sql: `SELECT ${BODY} FROM event ${clause(where)}
      ORDER BY ${byProject ? "project, " : ""}seq DESC LIMIT ? OFFSET ?`,
    args: [...where.args, page.size, page.offset],
  };
}

/** Rows after a place in the log, oldest first. */
export function selectAfter(where: Where, seq: number, limit: number): Statement {
  const after = and(where, { parts: ["seq > ?"], args: [seq] });
  return {
    sql: `SELECT ${BODY} FROM event ${clause(after)} ORDER BY seq LIMIT ?`,
    args: [...after.args, limit],
  };
}

/** Oldest and newest place in the log; both null while it is empty. */
export function selectSpan(): Statement {
  return {
    sql: `SELECT (SELECT min(seq) FROM event) AS oldest, (SELECT max(seq) FROM event) AS newest`,
    args: [],
  };
}

/** One row if the log still has the entry at this place. */
export function selectPlace(seq: number): Statement {
  return { sql: `SELECT seq FROM event WHERE seq = ?`, args: [seq] };
}

export function selectProjectOf(context: string): Statement {
  return {
    sql: `SELECT project FROM event WHERE context = ? AND origin <> 'internal' ORDER BY seq LIMIT 1`,
    args: [context],
  };
}

/** The log of one delivery, oldest first, internal entries included; the latest ones when there are too many. */
export function selectLog(project: string, context: string, limit: number): Statement {
  return {
    sql: `SELECT * FROM (
      SELECT seq, id, origin, type, principal, at, stage, triggeredid, reason, body FROM event
      WHERE context = ? AND +project IN (?, '') ORDER BY seq DESC LIMIT ?) ORDER BY seq`,
    args: [context, project, limit],
  };
}
