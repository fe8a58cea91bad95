/** The host's tables, as numbered steps that only go forward. @module */

export interface MigrationSet {
  /** Names the set in the table `migration`; a database with more steps than listed is refused. */
  readonly name: string;
  /** Each step is a list of SQL statements, run once, in one write. */
  readonly steps: readonly (readonly string[])[];
}

const LOG = [
  // A guard statement inserts 1 when its condition is violated, so that the batch aborts (design D4).
  `CREATE TABLE guard (n INTEGER CHECK (n = 0))`,
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`,
  // The last batch that each host committed: a retry after a lost answer finds its own id here.
  `CREATE TABLE commit_mark (host TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID`,
  // origin: received | emitted | internal. open: 1 while a triggered event waits for its answers.
  `CREATE TABLE event (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL,
     type TEXT NOT NULL, source TEXT NOT NULL, at INTEGER NOT NULL, time TEXT NOT NULL,
     context TEXT NOT NULL, triggeredid TEXT, project TEXT NOT NULL, stage TEXT NOT NULL,
     service TEXT NOT NULL, open INTEGER NOT NULL DEFAULT 0, principal TEXT NOT NULL,
     body TEXT NOT NULL, reason TEXT)`,
  `CREATE INDEX event_context ON event (context, seq)`,
  `CREATE INDEX event_project ON event (project, seq)`,
  `CREATE INDEX event_type ON event (project, type, seq)`,
  `CREATE INDEX event_triggeredid ON event (triggeredid, type) WHERE triggeredid IS NOT NULL`,
  `CREATE INDEX event_open ON event (type, seq) WHERE open = 1`,
  `CREATE TABLE dedupe (key TEXT PRIMARY KEY, event TEXT NOT NULL, context TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE INDEX dedupe_at ON dedupe (at)`,
];

const CONTROLLER = [
  // chained: the shipyard of the latest trigger, where it differs from the one at the head.
  `CREATE TABLE project (
     name TEXT PRIMARY KEY, version INTEGER NOT NULL, shipyard TEXT NOT NULL, created INTEGER NOT NULL,
     chained TEXT, body TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE service (
     project TEXT NOT NULL, stage TEXT NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL,
     PRIMARY KEY (project, stage, name)) WITHOUT ROWID`,
  // The latest event of each type per service, and the image of its latest deployment.
  `CREATE TABLE last_event (
     project TEXT NOT NULL, stage TEXT NOT NULL, service TEXT NOT NULL, type TEXT NOT NULL,
     event TEXT NOT NULL, context TEXT NOT NULL, at INTEGER NOT NULL, image TEXT,
     PRIMARY KEY (project, stage, service, type)) WITHOUT ROWID`,
  // One row per delivery: the sequence view that clients see, its pauses, and its version.
  `CREATE TABLE context (
     project TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,
     service TEXT NOT NULL, time TEXT NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (project, id))`,
  `CREATE INDEX context_id ON context (id)`,
  `CREATE INDEX context_time ON context (project, time)`,
  // open: 1 until the execution is over. phase: what it is to its slot; place and held order the
  // members of a slot. due: the next instant at which time alone changes it.
  `CREATE TABLE execution (
     id TEXT PRIMARY KEY, project TEXT NOT NULL, context TEXT NOT NULL, stage TEXT NOT NULL,
     service TEXT NOT NULL, sequence TEXT NOT NULL, state TEXT NOT NULL, open INTEGER NOT NULL,
     phase TEXT NOT NULL, place INTEGER NOT NULL, held INTEGER NOT NULL, triggered INTEGER NOT NULL,
     due INTEGER, body TEXT NOT NULL)`,
  `CREATE INDEX execution_context ON execution (project, context)`,
  `CREATE INDEX execution_scope ON execution (project, triggered)`,
  `CREATE INDEX execution_slot ON execution (project, stage, service, place) WHERE open = 1`,
  `CREATE INDEX execution_due ON execution (due) WHERE due IS NOT NULL`,
  // One row per (project, stage, service): its version guards what its members decide; next is the
  // place of the next member.
  `CREATE TABLE slot (
     project TEXT NOT NULL, stage TEXT NOT NULL, service TEXT NOT NULL, version INTEGER NOT NULL,
     next INTEGER NOT NULL, PRIMARY KEY (project, stage, service)) WITHOUT ROWID`,
  // Heads of the project repositories; a version of 0 means that the branch does not exist yet.
  `CREATE TABLE branch (
     project TEXT NOT NULL, name TEXT NOT NULL, head TEXT NOT NULL, version INTEGER NOT NULL,
     PRIMARY KEY (project, name)) WITHOUT ROWID`,
];

const REST = [
  `CREATE TABLE integration (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, namespace TEXT NOT NULL, lastseen INTEGER NOT NULL,
     body TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE INDEX integration_name ON integration (name, namespace)`,
  `CREATE TABLE log_entry (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, integration TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL)`,
  `CREATE INDEX log_entry_at ON log_entry (at)`,
  `CREATE INDEX log_entry_integration ON log_entry (integration, at)`,
  `CREATE TABLE token (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, scopes TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
     created INTEGER NOT NULL, expires INTEGER) WITHOUT ROWID`,
  `CREATE TABLE secret (
     name TEXT NOT NULL, scope TEXT NOT NULL, key_id TEXT NOT NULL, sealed BLOB NOT NULL,
     keys TEXT NOT NULL, changed INTEGER NOT NULL, PRIMARY KEY (name, scope)) WITHOUT ROWID`,
];

export const HOST_TABLES: MigrationSet = {
  name: "host",
  steps: [[...LOG, ...CONTROLLER, ...REST]],
};
