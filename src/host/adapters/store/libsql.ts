/** The store on libSQL: a local file, memory, or a server. @module */
import { KeptnError } from "../../../spec/errors.ts";
import {
  GuardFailed,
  type Row,
  type Statement,
  type Store,
  type Written,
} from "../../ports/store.ts";
import type { MigrationSet } from "../../tables/migrations.ts";
import { type Driver, StatementFailed } from "./driver.ts";
import { LocalDriver } from "./local_driver.ts";
import { migrate } from "./migrate.ts";
import { RemoteDriver } from "./remote_driver.ts";

export interface LibsqlOptions {
  /** `file:/path/to.db`, `:memory:`, or the address of a libSQL server. */
  readonly url: string;
  readonly migrations: readonly MigrationSet[];
  readonly authToken?: string;
}

export interface LibsqlStore extends Store {
  /** Writes a consistent copy of the database to a new local file. */
  backup(path: string): Promise<void>;
}

/** Pages of 4 KiB in the log before they are copied home: copying at every thousandth halves the rate. */
const CHECKPOINT_PAGES = 8_000;
const CACHE_KIB = 16_384;

/** What each connection to a file begins with. */
const SET_UP = [
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = FULL",
  `PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
  `PRAGMA cache_size = -${CACHE_KIB}`,
];

/** A BUSY file is tried again this often, a little later each time. */
const BUSY_TRIES = 5;

/**
 * Opens a libSQL database and brings its tables up to date.
 *
 * One connection and one queue in front of it: the driver blocks on a busy file and loses the write
 * after a BUSY unless it is opened anew at once (design D16).
 *
 * @throws {KeptnError} ERR_STORE_SCHEMA when a newer Periplus made the database,
 *   ERR_STORE_UNAVAILABLE, ERR_READ_ONLY or ERR_DISK_FULL when it cannot be used
 */
export async function openLibsqlStore(options: LibsqlOptions): Promise<LibsqlStore> {
  const connection = new Connection(openDriver(options));
  try {
    await migrate(connection, options.migrations);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
}

function openDriver({ url, authToken }: LibsqlOptions): Driver {
  try {
    if (url === ":memory:") return new LocalDriver(url, SET_UP);
    if (url.startsWith("file:")) return new LocalDriver(url.slice("file:".length), SET_UP);
    return new RemoteDriver(url, authToken);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    const mapped = mapError(error);
    if (mapped !== error) throw mapped;
    throw new KeptnError("ERR_STORE_UNAVAILABLE", `cannot open ${url}: ${because}`, { url }, error);
  }
}

class Connection implements LibsqlStore {
  private readonly driver: Driver;
  private tail: Promise<unknown> = Promise.resolve();

  constructor(driver: Driver) {
    this.driver = driver;
  }

  read(statements: readonly Statement[]): Promise<Row[][]> {
    if (statements.length === 0) return Promise.resolve([]);
    return this.inTurn(() => this.driver.read(statements));
  }

  write(statements: readonly Statement[]): Promise<Written[]> {
    return this.inTurn(() => this.driver.write(statements));
  }

  backup(path: string): Promise<void> {
    return this.inTurn(() => this.driver.alone({ sql: "VACUUM INTO ?", args: [path] }));
  }

  async close(): Promise<void> {
    await this.tail.catch(() => undefined);
    this.driver.close();
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.tail.then(() => this.attempt(work));
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    for (let left = BUSY_TRIES; ; left--) {
      try {
        return await work();
      } catch (error) {
        if (!isBusy(error)) throw mapError(error);
        await this.driver.reopen();
        if (left === 0) throw mapError(error);
      }
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof StatementFailed && error.code.startsWith("SQLITE_BUSY");
}

function mapError(error: unknown): unknown {
  if (!(error instanceof StatementFailed)) return error;
  const { code, index } = error;
  if (index >= 0 && code.startsWith("SQLITE_CONSTRAINT")) return new GuardFailed(index, error);
  const because = `the database refused: ${error.message}`;
  if (code.startsWith("SQLITE_FULL")) {
    const advice = "the disk is full: free some space where the data directory is";
    return new KeptnError("ERR_DISK_FULL", `${because}; ${advice}`, { code }, error);
  }
  if (code.startsWith("SQLITE_READONLY"))
    return new KeptnError("ERR_READ_ONLY", because, { code }, error);
  return new KeptnError("ERR_STORE_UNAVAILABLE", because, { code }, error);
}

/**
 * Takes a lock that ends with the process, however it ends; null when another process has it.
 *
 * The lock is a database of its own that is never connected to again (design D16).
 */
export async function holdLock(path: string): Promise<{ release(): Promise<void> } | null> {
  const driver = new RemoteDriver(`file:${path}`, undefined);
  const run = (sql: string): Promise<void> => driver.alone({ sql, args: [] });
  try {
    await run("PRAGMA locking_mode = EXCLUSIVE");
    await run("PRAGMA journal_mode = MEMORY");
    await run("PRAGMA synchronous = OFF");
    await run("CREATE TABLE IF NOT EXISTS held (n INTEGER)");
    // SQLite keeps the lock of a write, not that of a statement which found nothing to do.
    await run("INSERT INTO held VALUES (1)");
    await run("DELETE FROM held");
  } catch (error) {
    driver.close();
    if (isBusy(error)) return null;
    throw mapError(error);
  }
  return {
    async release() {
      // A closed handle keeps its lock until it is collected: it is given up first.
      await run("PRAGMA locking_mode = NORMAL");
      await run("SELECT n FROM held");
      driver.close();
    },
  };
}
