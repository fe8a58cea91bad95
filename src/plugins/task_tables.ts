/** Tables of the plugin platform and the statements on them. @module */
import type { Row, SqlValue, Statement } from "./ports.ts";

/**
 * `plugin_task.due`: when somebody must look at the row: the end of a lease while it is `ready`, the
 * next wake-up while it is `waiting`; null once it is `done`. `journal.settled` orders the answers.
 */
const TABLES = [
  `CREATE TABLE plugin_task (
     id TEXT PRIMARY KEY, plugin TEXT NOT NULL, event TEXT NOT NULL, kind TEXT NOT NULL,
     name TEXT NOT NULL, project TEXT NOT NULL, stage TEXT NOT NULL, context TEXT NOT NULL,
     state TEXT NOT NULL, due INTEGER, owner TEXT, epoch INTEGER NOT NULL, created INTEGER NOT NULL,
     body TEXT, hash TEXT, wait TEXT, cancelled TEXT, outcome TEXT, ended INTEGER) WITHOUT ROWID`,
  `CREATE INDEX plugin_task_due ON plugin_task (due) WHERE due IS NOT NULL`,
  `CREATE INDEX plugin_task_ended ON plugin_task (ended) WHERE ended IS NOT NULL`,
  `CREATE INDEX plugin_task_context ON plugin_task (context)`,
  `CREATE TABLE journal (
     task TEXT NOT NULL, call INTEGER NOT NULL, name TEXT NOT NULL, args TEXT NOT NULL, answer TEXT,
     settled INTEGER, now INTEGER, note TEXT, PRIMARY KEY (task, call)) WITHOUT ROWID`,
  `CREATE TABLE kv (
     plugin TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (plugin, key)) WITHOUT ROWID`,
  `CREATE TABLE bundle (
     hash TEXT PRIMARY KEY, name TEXT NOT NULL, code TEXT NOT NULL, map TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE callback (
     id TEXT PRIMARY KEY, task TEXT NOT NULL, expires INTEGER NOT NULL, body TEXT) WITHOUT ROWID`,
];

/** Migration set of the platform; hosts and planes add it to their own. */
export const PLUGIN_TABLES = { name: "plugins", steps: [TABLES] } as const;

export type TaskKind = "task" | "on";

/** One event for one plugin, as stored. */
export interface TaskRow {
  /** `<plugin>/<event id>` */
  readonly id: string;
  readonly plugin: string;
  readonly event: string;
  readonly kind: TaskKind;
  /** Task, or the event type that an `on` handler listens to. */
  readonly name: string;
  readonly project: string;
  readonly stage: string;
  readonly context: string;
  readonly epoch: number;
  readonly created: number;
  /** The event itself, where no log holds it. */
  readonly body?: string | undefined;
  /** Version that its journal belongs to; absent while it has none. */
  readonly hash?: string | undefined;
  /** Why it was cancelled. */
  readonly cancelled?: string | undefined;
}

const COLUMNS = "id,plugin,event,kind,name,project,stage,context,epoch,created,body";

/** One statement that inserts any number of tasks, leased by `owner` until `lease`. */
export function insertTasks(tasks: readonly TaskRow[], owner: string, lease: number): Statement {
  const fields = COLUMNS.split(",")
    .map((column) => `value->>'${column}'`)
    .join(",");
  return {
    sql: `INSERT INTO plugin_task (${COLUMNS},state,owner,due)
          SELECT ${fields},'ready',?,? FROM json_each(?) WHERE true ON CONFLICT (id) DO NOTHING`,
    args: [owner, lease, JSON.stringify(tasks)],
  };
}

/** Refuses the batch unless the task is still ours and open. */
export function guardTask(task: { readonly id: string; readonly epoch: number }): Statement {
  return {
    sql: `INSERT INTO guard SELECT 1 WHERE NOT EXISTS
            (SELECT 1 FROM plugin_task WHERE id=? AND epoch=? AND state<>'done')`,
    args: [task.id, task.epoch],
  };
}

export function endTask(task: TaskRow, outcome: string, now: number): Statement {
  return {
    sql: `UPDATE plugin_task SET state='done',due=NULL,owner=NULL,wait=NULL,outcome=?,ended=? WHERE id=?`,
    args: [outcome, now, task.id],
  };
}

/** Forgets tasks that ended well and have no journal: the log holds their answers. */
export function dropTasks(ids: readonly string[]): Statement {
  return {
    sql: `DELETE FROM plugin_task WHERE id IN (SELECT value FROM json_each(?))`,
    args: [JSON.stringify(ids)],
  };
}

export function suspendTask(task: TaskRow, due: number | null, wait: string): Statement {
  return {
    sql: `UPDATE plugin_task SET state='waiting',owner=NULL,due=?,wait=? WHERE id=? AND epoch=?`,
    args: [due ?? FAR, wait, task.id, task.epoch],
  };
}

/** Takes tasks over: a new epoch shuts out whoever held them. */
export function leaseTasks(ids: readonly string[], owner: string, lease: number): Statement {
  return {
    sql: `UPDATE plugin_task SET state='ready',owner=?,due=?,epoch=epoch+1
          WHERE id IN (SELECT value FROM json_each(?)) AND state<>'done'`,
    args: [owner, lease, JSON.stringify(ids)],
  };
}

export function renewLeases(owner: string, lease: number): Statement {
  return {
    sql: `UPDATE plugin_task SET due=? WHERE due IS NOT NULL AND owner=? AND state='ready'`,
    args: [lease, owner],
  };
}

export function cancelTask(id: string, why: string): Statement {
  return { sql: `UPDATE plugin_task SET cancelled=? WHERE id=?`, args: [why, id] };
}

export function pinTask(task: TaskRow, hash: string): Statement {
  return { sql: `UPDATE plugin_task SET hash=? WHERE id=?`, args: [hash, task.id] };
}

/** An instant that never comes: such a task waits for an event only. */
export const FAR = 8_640_000_000_000_000;

/** Open tasks whose look-at instant has come; with no instant, all open ones. */
export function openTasks(due: number, limit: number): Statement {
  return {
    sql: `SELECT * FROM plugin_task WHERE due<=? ORDER BY due LIMIT ?`,
    args: [due, limit],
  };
}

/** A place in the order of open tasks. */
export interface DuePlace {
  readonly due: number;
  readonly id: string;
}

/** All open tasks in pages by due instant: the index holds no others, however many have ended. */
export function openTasksAfter({ due, id }: DuePlace, limit: number): Statement {
  return {
    sql: `SELECT * FROM plugin_task WHERE due>=? AND (due>? OR id>?) ORDER BY due, id LIMIT ?`,
    args: [due, due, id, limit],
  };
}

/** Ready tasks of other hosts whose lease ended before an instant. */
export function interruptedTasks(owner: string, before: number): Statement {
  return {
    sql: `SELECT id FROM plugin_task WHERE due<? AND state='ready' AND owner<>?`,
    args: [Math.min(before, FAR), owner],
  };
}

/** Those of the tasks that a host has leased. */
export function leasedTasks(ids: readonly string[], owner: string): Statement {
  return {
    sql: `SELECT * FROM plugin_task WHERE id IN (SELECT value FROM json_each(?)) AND owner=?`,
    args: [JSON.stringify(ids), owner],
  };
}

export const NEXT_DUE: Statement = {
  sql: `SELECT MIN(due) AS due FROM plugin_task WHERE due IS NOT NULL`,
  args: [],
};

/** Removes what ended before an instant, with its journal and the bundles that nobody needs any more. */
export function purgeTasks(before: number): Statement[] {
  return [
    {
      sql: `DELETE FROM journal WHERE task IN (SELECT id FROM plugin_task WHERE ended<?)`,
      args: [before],
    },
    { sql: `DELETE FROM plugin_task WHERE ended<?`, args: [before] },
    { sql: `DELETE FROM callback WHERE expires<?`, args: [before] },
    {
      sql: `DELETE FROM bundle WHERE hash NOT IN
              (SELECT hash FROM plugin_task WHERE hash IS NOT NULL AND state<>'done')`,
      args: [],
    },
  ];
}

/** A task out of its row. */
export function readTask(row: Row): TaskRow {
  return {
    id: text(row.id),
    plugin: text(row.plugin),
    event: text(row.event),
    kind: row.kind === "on" ? "on" : "task",
    name: text(row.name),
    project: text(row.project),
    stage: text(row.stage),
    context: text(row.context),
    epoch: Number(row.epoch),
    created: Number(row.created),
    body: optional(row.body),
    hash: optional(row.hash),
    cancelled: optional(row.cancelled),
  };
}

function text(value: SqlValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function optional(value: SqlValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
