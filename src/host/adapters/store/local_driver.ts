/** The driver of local databases: statements stay prepared, which halves a small write; the only importer of libsql. @module */
import Database from "libsql";
import type { Row, SqlValue, Statement, Written } from "../../ports/store.ts";
import { type Driver, StatementFailed } from "./driver.ts";

interface Prepared {
  run(...values: unknown[]): {
    readonly changes: number;
    readonly lastInsertRowid: number | bigint;
  };
  all(...values: unknown[]): unknown[];
}

/** Texts are few and fixed; a text that carries values of its own would not be, so the cache ends. */
const MOST_PREPARED = 500;

export class LocalDriver implements Driver {
  private readonly path: string;
  private readonly setUp: readonly string[];
  private database: InstanceType<typeof Database>;
  private prepared = new Map<string, Prepared>();

  /** `setUp` are statements that each new connection begins with. */
  constructor(path: string, setUp: readonly string[]) {
    this.path = path;
    this.setUp = setUp;
    this.database = this.open();
  }

  async read(statements: readonly Statement[]): Promise<Row[][]> {
    if (statements.length === 1) return [this.rows(statements[0]!, 0)];
    return this.transaction("BEGIN DEFERRED", () =>
      statements.map((one, index) => this.rows(one, index)),
    );
  }

  async write(statements: readonly Statement[]): Promise<Written[]> {
    return this.transaction("BEGIN IMMEDIATE", () =>
      statements.map((one, index) => this.run(one, index)),
    );
  }

  async alone(statement: Statement): Promise<void> {
    this.run(statement, 0);
  }

  async reopen(): Promise<void> {
    this.close();
    this.database = this.open();
  }

  close(): void {
    this.prepared.clear();
    this.database.close();
  }

  private open(): InstanceType<typeof Database> {
    const database = new Database(this.path);
    try {
      for (const text of this.setUp) database.exec(text);
    } catch (error) {
      database.close();
      throw failure(error, -1);
    }
    return database;
  }

  private transaction<T>(begin: string, work: () => T): T {
    this.run({ sql: begin, args: [] }, -1);
    try {
      const result = work();
      this.run({ sql: "COMMIT", args: [] }, -1);
      return result;
    } catch (error) {
      if (this.database.inTransaction) this.run({ sql: "ROLLBACK", args: [] }, -1);
      throw error;
    }
  }

  private rows({ sql, args }: Statement, index: number): Row[] {
    try {
      return this.prepare(sql).all(...args.map(toBound)) as Row[];
    } catch (error) {
      throw failure(error, index);
    }
  }

  private run({ sql, args }: Statement, index: number): Written {
    try {
      const { changes, lastInsertRowid } = this.prepare(sql).run(...args.map(toBound));
      return { rowsAffected: changes, lastInsertRowid: Number(lastInsertRowid) };
    } catch (error) {
      throw failure(error, index);
    }
  }

  private prepare(text: string): Prepared {
    const known = this.prepared.get(text);
    if (known) return known;
    if (this.prepared.size >= MOST_PREPARED) this.prepared.clear();
    const prepared: Prepared = this.database.prepare<unknown[]>(text);
    this.prepared.set(text, prepared);
    return prepared;
  }
}

function toBound(value: SqlValue): string | number | null | Buffer {
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

function failure(error: unknown, index: number): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  return typeof code === "string" && code.startsWith("SQLITE_")
    ? new StatementFailed(code, index, error)
    : error;
}
