/** Brings a database up to date, step by step, and refuses one that is newer. @module */
import { KeptnError } from "../../../spec/errors.ts";
import { GuardFailed, type Statement, type Store } from "../../ports/store.ts";
import type { MigrationSet } from "../../tables/migrations.ts";

const CREATE = `CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, step INTEGER NOT NULL) WITHOUT ROWID`;

/**
 * Runs the steps that a database lacks, each in one write together with its number.
 *
 * @throws {KeptnError} ERR_STORE_SCHEMA when the database has more steps than are known here
 */
export async function migrate(store: Store, sets: readonly MigrationSet[]): Promise<void> {
  await store.write([plain(CREATE)]);
  const [rows] = await store.read([plain(`SELECT name, step FROM migration`)]);
  const done = new Map(rows!.map((row) => [String(row.name), Number(row.step)]));
  for (const { name, steps } of sets) {
    const reached = done.get(name) ?? 0;
    if (reached > steps.length) throw newer(name, reached, steps.length);
    for (let step = reached; step < steps.length; step++)
      await run(store, name, step, steps[step]!);
  }
}

async function run(
  store: Store,
  name: string,
  step: number,
  sql: readonly string[],
): Promise<void> {
  const advance: Statement =
    step === 0
      ? { sql: `INSERT INTO migration (name, step) VALUES (?, 1)`, args: [name] }
      : { sql: `UPDATE migration SET step = ? WHERE name = ?`, args: [step + 1, name] };
  try {
    await store.write([advance, ...sql.map(plain)]);
  } catch (error) {
    // Another host that started at the same moment took this first step.
    if (!(error instanceof GuardFailed && step === 0)) throw error;
  }
}

function plain(sql: string): Statement {
  return { sql, args: [] };
}

function newer(name: string, reached: number, known: number): KeptnError {
  return new KeptnError(
    "ERR_STORE_SCHEMA",
    `the database was made by a newer Periplus: its tables "${name}" are at step ${reached}, this version knows ${known}; start the newer version, or restore a backup made with this one`,
    { name, reached, known },
  );
}
