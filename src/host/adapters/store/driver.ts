/** What a connection asks of a libSQL driver: batches, and a new start after a busy file. @module */
import type { Row, Statement, Written } from "../../ports/store.ts";

export interface Driver {
  /** Runs statements in one transaction that is rolled back when one fails with {@link StatementFailed}. */
  read(statements: readonly Statement[]): Promise<Row[][]>;
  write(statements: readonly Statement[]): Promise<Written[]>;
  /** Runs one statement outside of any transaction. */
  alone(statement: Statement): Promise<void>;
  /** Opens the connection anew: a busy file leaves it in no good state (design D16). */
  reopen(): Promise<void>;
  close(): void;
}

/** The database refused a statement. */
export class StatementFailed extends Error {
  override readonly name = "StatementFailed";
  /** SQLite's code, extended where known, such as `SQLITE_CONSTRAINT_CHECK`. */
  readonly code: string;
  /** Index of the statement in its batch; -1 = none of them. */
  readonly index: number;

  constructor(code: string, index: number, cause: Error) {
    super(cause.message, { cause });
    this.code = code;
    this.index = index;
  }
}
