/** The port of the store: SQL in SQLite's dialect, atomic batches, no interactive transaction. @module */

export type SqlValue = string | number | null | Uint8Array;

export interface Statement {
  readonly sql: string;
  readonly args: readonly SqlValue[];
}
export type Row = { readonly [column: string]: SqlValue };

export interface Written {
  readonly rowsAffected: number;
  /** Rowid of the last row that an INSERT wrote; the rows of one multi-row INSERT are consecutive. */
  readonly lastInsertRowid: number;
}

/**
 * A durable SQL store with atomic batches.
 *
 * Limits that every adapter keeps: at most 100 bound parameters in a statement, values of at most
 * 2 MB.
 */
export interface Store {
  /** Runs reads over one snapshot, in one round trip. */
  read(statements: readonly Statement[]): Promise<Row[][]>;
  /**
   * Writes all statements or none; resolves when they are durable.
   *
   * @throws {GuardFailed} when a guard statement found its condition violated or a key was taken
   */
  write(statements: readonly Statement[]): Promise<Written[]>;
  close(): Promise<void>;
}

/** A batch that wrote nothing because statement `index` refused it. */
export class GuardFailed extends Error {
  override readonly name = "GuardFailed";
  readonly index: number;

  constructor(index: number, cause?: unknown) {
    super(`statement ${index} refused the batch`, cause === undefined ? undefined : { cause });
    this.index = index;
  }
}
