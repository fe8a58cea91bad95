/** Statements on the table of tokens, whose secrets are kept only as SHA-256. @module */
import type { Row, Statement } from "../ports/store.ts";

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** Milliseconds since 1970, or null for a token without end. */
  readonly expires: number | null;
}

export function findToken(hash: string): Statement {
  return { sql: `SELECT id, name, scopes, expires FROM token WHERE hash = ?`, args: [hash] };
}

export function insertToken(token: TokenRow, hash: string, created: number): Statement {
  return {
    sql: `INSERT INTO token (id, name, scopes, hash, created, expires) VALUES (?, ?, ?, ?, ?, ?)`,
    args: [token.id, token.name, token.scopes.join(" "), hash, created, token.expires],
  };
}

export function listTokens(): Statement {
  return { sql: `SELECT id, name, scopes, expires FROM token ORDER BY name, id`, args: [] };
}

export function deleteToken(id: string): Statement {
  return { sql: `DELETE FROM token WHERE id = ?`, args: [id] };
}

export function deleteExpiredTokens(now: number): Statement {
  return { sql: `DELETE FROM token WHERE expires IS NOT NULL AND expires <= ?`, args: [now] };
}

export function readToken(row: Row): TokenRow {
  return {
    id: String(row.id),
    name: String(row.name),
    scopes: String(row.scopes).split(" ").filter(Boolean),
    expires: row.expires === null || row.expires === undefined ? null : Number(row.expires),
  };
}
