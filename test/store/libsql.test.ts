/** The store suite on libSQL: in memory and in a file; what only a file can do. @module */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { afterAll, expect, test } from "vitest";
import { openLibsqlStore } from "../../src/host/adapters/store/libsql.ts";
import { sql } from "../../src/host/tables/statement.ts";
import { testStore } from "../contract/store.ts";

const folder = mkdtempSync(join(tmpdir(), "periplus-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const url = (place: string): string => `file:${join(folder, `${place}.db`)}`;
const TABLE = { name: "suite", steps: [[`CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT)`]] };

testStore({
  name: "libsql in memory",
  survives: false,
  open: (_place, migrations) => openLibsqlStore({ url: ":memory:", migrations }),
});
testStore({
  name: "libsql in a file",
  survives: true,
  open: (place, migrations) => openLibsqlStore({ url: url(place), migrations }),
});

test("a write that met a busy file is durable all the same", async () => {
  const store = await openLibsqlStore({ url: url("busy"), migrations: [TABLE] });
  const other = createClient({ url: url("busy"), concurrency: 1 });
  const lock = await other.transaction("write");
  await lock.execute(`INSERT INTO t (k, v) VALUES ('other', '1')`);
  const blocked = store.write([sql(`INSERT INTO t (k, v) VALUES ('mine', '2')`)]).then(
    () => "written",
    (error: { code?: string }) => error.code,
  );
  expect(await blocked).toBe("ERR_STORE_UNAVAILABLE");
  await lock.commit();
  await store.write([sql(`INSERT INTO t (k, v) VALUES ('mine', '3')`)]);
  const rows = await other.execute(`SELECT k, v FROM t ORDER BY k`);
  expect(rows.rows.map(({ k, v }) => `${String(k)}=${String(v)}`)).toEqual(["mine=3", "other=1"]);
  other.close();
  await store.close();
});

test("a backup is a database of its own", async () => {
  const store = await openLibsqlStore({ url: url("source"), migrations: [TABLE] });
  await store.write([sql(`INSERT INTO t (k, v) VALUES ('a', '1')`)]);
  await store.backup(join(folder, "copy.db"));
  await store.write([sql(`INSERT INTO t (k, v) VALUES ('b', '2')`)]);
  const copy = await openLibsqlStore({ url: url("copy"), migrations: [TABLE] });
  const [rows] = await copy.read([sql(`SELECT k FROM t`)]);
  expect(rows!.map(({ k }) => k)).toEqual(["a"]);
  await Promise.all([store.close(), copy.close()]);
});

test("a path that cannot be opened is an error that says so", async () => {
  await expect(
    openLibsqlStore({ url: "file:/proc/none/x.db", migrations: [TABLE] }),
  ).rejects.toMatchObject({ code: "ERR_STORE_UNAVAILABLE" });
});
