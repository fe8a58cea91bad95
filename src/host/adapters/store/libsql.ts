/** The store on libSQL: a local file, memory, or a server. @module */
import {
  type Client,
  createClient,
  type InValue,
  LibsqlBatchError,
  LibsqlError,
} from "@libsql/client";
import { KeptnError } from "../../../spec/errors.ts";
import {
  GuardFailed,
  type Row,
  type Statement,
  type Store,
  type Written,
} from "../../ports/store.ts";
import type { MigrationSet } from "../../tables/migrations.ts";
import { migrate } from "./migrate.ts";

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

/** A BUSY file is tried again this often, a little later each time. */
const BUSY_TRIES = 5;

/**
 * Opens a libSQL database and brings its tables up to date.
 *
 * One client with one connection and one queue in front of it: the driver blocks on a busy file and
 * loses the write after a BUSY unless it reconnects at once (design D16).
 *
 * @throws {KeptnError} ERR_STORE_SCHEMA when a newer Periplus made the database,
 *   ERR_STORE_UNAVAILABLE, ERR_READ_ONLY or ERR_DISK_FULL when it cannot be used
 */
export async function openLibsqlStore(options: LibsqlOptions): Promise<LibsqlStore> {
  const connection = new Connection(options);
  try {
    await connection.prepare();
    await migrate(connection, options.migrations);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
}

class Connection implements LibsqlStore {
  private readonly client: Client;
  private readonly local: boolean;
  private tail: Promise<unknown> = Promise.resolve();

  constructor({ url, authToken }: LibsqlOptions) {
    this.local = url.startsWith("file:") || url === ":memory:";
    try {
      this.client = createClient({ url, concurrency: 1, ...(authToken ? { authToken } : {}) });
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      throw new KeptnError(
        "ERR_STORE_UNAVAILABLE",
        `cannot open ${url}: ${because}`,
        { url },
        error,
      );
    }
  }

  read(statements: readonly Statement[]): Promise<Row[][]> {
    return this.inTurn(async () => {
      const [first, ...more] = statements.map(toInput);
      if (!first) return [];
      const results =
        more.length === 0
          ? [await this.client.execute(first)]
          : await this.client.batch([first, ...more], this.local ? "deferred" : "read");
      return results.map((result) => result.rows as unknown as Row[]);
    });
  }

  write(statements: readonly Statement[]): Promise<Written[]> {
    return this.inTurn(async () => {
      const results = await this.client.batch(statements.map(toInput), "write");
      return results.map(({ rowsAffected, lastInsertRowid }) => ({
        rowsAffected,
        lastInsertRowid: Number(lastInsertRowid ?? 0),
      }));
    });
  }

  backup(path: string): Promise<void> {
    return this.inTurn(async () => {
      await this.client.execute({ sql: "VACUUM INTO ?", args: [path] });
    });
  }

  async close(): Promise<void> {
    await this.tail.catch(() => undefined);
    this.client.close();
  }

  /** Sets what a connection forgets when it is opened again. */
  async prepare(): Promise<void> {
    if (!this.local) return;
    try {
      await this.client.execute("PRAGMA journal_mode = WAL");
      await this.client.execute("PRAGMA synchronous = FULL");
      await this.client.execute(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      await this.client.execute(`PRAGMA cache_size = -${CACHE_KIB}`);
    } catch (error) {
      throw mapError(error);
    }
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
        await this.client.reconnect();
        await this.prepare();
        if (left === 0) throw mapError(error);
      }
    }
  }
}

function toInput({ sql, args }: Statement): { sql: string; args: InValue[] } {
  return { sql, args: args as InValue[] };
}

function isBusy(error: unknown): boolean {
  return error instanceof LibsqlError && error.code.startsWith("SQLITE_BUSY");
}

function mapError(error: unknown): unknown {
  if (!(error instanceof LibsqlError)) return error;
  const code = error.extendedCode ?? error.code;
  if (error instanceof LibsqlBatchError && error.code.startsWith("SQLITE_CONSTRAINT")) {
    return new GuardFailed(error.statementIndex, error);
  }
  const because = `the database refused: ${error.message}`;
  if (code.startsWith("SQLITE_FULL"))
    return new KeptnError(
      "ERR_DISK_FULL",
      `${because}; the disk is full: free some space where the data directory is`,
      { code },
      error,
    );
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
  const client = createClient({ url: `file:${path}`, concurrency: 1 });
  try {
    await client.execute("PRAGMA locking_mode = EXCLUSIVE");
    await client.execute("PRAGMA journal_mode = MEMORY");
    await client.execute("PRAGMA synchronous = OFF");
    await client.execute("CREATE TABLE IF NOT EXISTS held (n INTEGER)");
    // SQLite keeps the lock of a write, not that of a statement which found nothing to do.
    await client.execute("INSERT INTO held VALUES (1)");
    await client.execute("DELETE FROM held");
  } catch (error) {
    client.close();
    if (isBusy(error)) return null;
    throw mapError(error);
  }
  return {
    async release() {
      // A closed handle keeps its lock until it is collected: it is given up first.
      await client.execute("PRAGMA locking_mode = NORMAL");
      await client.execute("SELECT n FROM held");
      client.close();
    },
  };
}
