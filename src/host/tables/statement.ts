/** Small pieces that the tables' statements share. @module */
import type { SqlValue, Statement } from "../ports/store.ts";

/** A statement with its arguments. */
export function sql(text: string, ...args: SqlValue[]): Statement {
  return { sql: text, args };
}

/** Longest JSON text that one argument carries: values of a store end at 2 MB (design D16). */
const LONGEST = 1_500_000;

/**
 * Statements that each hold many rows as one JSON argument, read by `json_each(?1)` in `text`.
 *
 * One argument of any length instead of a hundred placeholders: one text to prepare, rows in order.
 */
export function rowsAsJson(
  text: string,
  rows: readonly (readonly (SqlValue | boolean)[])[],
): Statement[] {
  const statements: Statement[] = [];
  let chunk: string[] = [];
  let length = 0;
  for (const row of rows) {
    const json = JSON.stringify(row);
    if (chunk.length > 0 && length + json.length > LONGEST) {
      statements.push(sql(text, `[${chunk.join(",")}]`));
      chunk = [];
      length = 0;
    }
    chunk.push(json);
    length += json.length;
  }
  if (chunk.length > 0) statements.push(sql(text, `[${chunk.join(",")}]`));
  return statements;
}

/** `value->>0, value->>1, …` for `count` columns of a row given as JSON. */
export function columns(count: number): string {
  return Array.from({ length: count }, (_, index) => `value->>${index}`).join(", ");
}
