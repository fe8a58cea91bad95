/** The driver of libSQL servers, and of the lock file; the only importer of @libsql/client. @module */
import {
  type Client,
  createClient,
  type InValue,
  LibsqlBatchError,
  LibsqlError,
} from "@libsql/client";
import type { Row, Statement, Written } from "../../ports/store.ts";
import { type Driver, StatementFailed } from "./driver.ts";

export class RemoteDriver implements Driver {
  private readonly client: Client;

  constructor(url: string, authToken: string | undefined) {
    this.client = createClient({ url, concurrency: 1, ...(authToken ? { authToken } : {}) });
  }

  async read(statements: readonly Statement[]): Promise<Row[][]> {
    const results = await failing(() => this.client.batch(statements.map(toInput), "read"));
    return results.map((result) => result.rows as unknown as Row[]);
  }

  async write(statements: readonly Statement[]): Promise<Written[]> {
    const results = await failing(() => this.client.batch(statements.map(toInput), "write"));
    return results.map(({ rowsAffected, lastInsertRowid }) => ({
      rowsAffected,
      lastInsertRowid: Number(lastInsertRowid ?? 0),
    }));
  }

  async alone(statement: Statement): Promise<void> {
    await failing(() => this.client.execute(toInput(statement)));
  }

  async reopen(): Promise<void> {
    await this.client.reconnect();
  }

  close(): void {
    this.client.close();
  }
}

async function failing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LibsqlError)) throw error;
    const index = error instanceof LibsqlBatchError ? error.statementIndex : -1;
    throw new StatementFailed(error.extendedCode ?? error.code, index, error);
  }
}

function toInput({ sql, args }: Statement): { sql: string; args: InValue[] } {
  return { sql, args: args as InValue[] };
}
