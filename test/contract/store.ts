/** What every store must keep: atomic writes, guards, durability, and two hosts that act at once. @module */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { createController } from "../../src/host/engine/controller.ts";
import { GuardFailed, type Store } from "../../src/host/ports/store.ts";
import { type Guard, guardAll } from "../../src/host/tables/guard.ts";
import { HOST_TABLES, type MigrationSet } from "../../src/host/tables/migrations.ts";
import { sql } from "../../src/host/tables/statement.ts";
import { VirtualClock } from "../conformance/clock.ts";
import { PROJECT } from "../conformance/world.ts";
import { actions, Player, SHIPYARD, STAGES } from "../engine/history.ts";
import { Watch } from "../engine/rules.ts";

export interface StoreSuite {
  readonly name: string;
  /** A store; `place` is the same data again, when the kind survives being closed. */
  open(place: string, migrations: readonly MigrationSet[]): Promise<Store>;
  readonly survives: boolean;
}

const TABLE: MigrationSet = {
  name: "suite",
  steps: [[`CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT)`]],
};

export function testStore({ name, open, survives }: StoreSuite): void {
  describe(`store: ${name}`, () => {
    const opened: Store[] = [];
    let places = 0;
    const openAt = async (place: string, sets = [HOST_TABLES, TABLE]): Promise<Store> => {
      const store = await open(place, sets);
      opened.push(store);
      return store;
    };
    const fresh = (): Promise<Store> => openAt(`place-${places++}`);
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
    });

    test("a batch writes all or nothing, and the error names the statement", async () => {
      const store = await fresh();
      await store.write([put("a", "1")]);
      const error = await store
        .write([put("b", "2"), put("a", "3"), put("c", "4")])
        .catch((e: unknown) => e);
      expect(error).toBeInstanceOf(GuardFailed);
      expect((error as GuardFailed).index).toBe(1);
      expect(await all(store)).toEqual([{ k: "a", v: "1" }]);
    });

    test.each<[string, Guard, boolean]>([
      ["the version it had", { table: "context", key: ["p", "c"], version: 3 }, true],
      ["an older version", { table: "context", key: ["p", "c"], version: 2 }, false],
      ["absence, though it exists", { table: "context", key: ["p", "c"], version: 0 }, false],
      ["absence", { table: "context", key: ["p", "other"], version: 0 }, true],
      [
        "a version, though it is absent",
        { table: "slot", key: ["p", "s", "v"], version: 1 },
        false,
      ],
    ])("a guard on %s", async (_what, guard, holds) => {
      const store = await fresh();
      await store.write([
        sql(
          `INSERT INTO context (project, id, version, name, service, time, state, body) VALUES ('p','c',3,'','','','','{}')`,
        ),
      ]);
      const writing = store.write([guardAll([guard]), put("a", "1")]);
      if (holds) await writing;
      else await expect(writing).rejects.toMatchObject({ index: 0 });
      expect(await all(store)).toHaveLength(holds ? 1 : 0);
      const [rows] = await store.read([sql(`SELECT count(*) AS n FROM guard`)]);
      expect(rows![0]!.n).toBe(0);
    });

    test("rows of one insert get consecutive places, in order", async () => {
      const store = await fresh();
      const rows = JSON.stringify([["x"], ["y"], ["z"]]);
      await store.write([sql(`CREATE TABLE n (seq INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT)`)]);
      const [written] = await store.write([
        sql(`INSERT INTO n (v) SELECT value->>0 FROM json_each(?1)`, rows),
      ]);
      const [read] = await store.read([sql(`SELECT seq, v FROM n ORDER BY seq`)]);
      expect(read!.map((row) => ({ ...row }))).toEqual([
        { seq: written!.lastInsertRowid - 2, v: "x" },
        { seq: written!.lastInsertRowid - 1, v: "y" },
        { seq: written!.lastInsertRowid, v: "z" },
      ]);
    });

    test("texts come back as they went in", async () => {
      const store = await fresh();
      const texts = ["a.b/c", `"quotes" 'of' both`, "🚢 χάρτης", "", "x".repeat(1_900_000)];
      await store.write(texts.map((text, index) => put(`k${index}`, text)));
      expect((await all(store)).map(({ v }) => v)).toEqual(texts);
    });

    test("many writers at once all land", async () => {
      const store = await fresh();
      await Promise.all(Array.from({ length: 50 }, (_, n) => store.write([put(`k${n}`, `${n}`)])));
      expect(await all(store)).toHaveLength(50);
    });

    test("migrations run once; a database of a newer version is refused by name", async () => {
      const place = `place-${places++}`;
      const first = await openAt(place);
      await first.write([put("kept", "1")]);
      if (!survives) return;
      await first.close();
      opened.splice(opened.indexOf(first), 1);
      const more = { ...TABLE, steps: [...TABLE.steps, [`ALTER TABLE t ADD COLUMN w TEXT`]] };
      const second = await openAt(place, [HOST_TABLES, more]);
      expect(await all(second)).toMatchObject([{ k: "kept", v: "1", w: null }]);
      await second.close();
      opened.splice(opened.indexOf(second), 1);
      await expect(open(place, [HOST_TABLES, TABLE])).rejects.toThrow(
        /newer Periplus: its tables "suite" are at step 2, this version knows 1/,
      );
    });

    test("two hosts that act at once start nothing twice and send nothing into a held slot or a pause", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(actions(["c1", "c2"], ["carts"]), { minLength: 5, maxLength: 40 }),
          fc.infiniteStream(fc.nat(3)),
          async (list, turns) => {
            const store = await fresh();
            expect(await twoHosts(store, list, turns)).toEqual([]);
          },
        ),
        { numRuns: 25 },
      );
    });
  });
}

/** Plays actions in overlapping pairs against two controllers whose reads and writes interleave. */
async function twoHosts(
  store: Store,
  list: Parameters<Player["play"]>[0][],
  turns: Iterator<number>,
): Promise<string[]> {
  await store.write([
    sql(
      `INSERT INTO project (name, version, shipyard, created, body) VALUES (?, 1, ?, 0, '{}')`,
      PROJECT,
      SHIPYARD,
    ),
    ...STAGES.map((stage) =>
      sql(
        `INSERT INTO branch (project, name, head, version) VALUES (?, ?, 'head', 1)`,
        PROJECT,
        stage,
      ),
    ),
  ]);
  const clock = new VirtualClock(Date.UTC(2024, 0, 1));
  const hosts = await Promise.all(
    ["a", "b"].map((name) => {
      let made = 0;
      return createController({
        store: interleaved(store, turns),
        clock,
        ids: { uuid: () => `${name}-${made++}`, bytes: (count) => new Uint8Array(count) },
        log: () => undefined,
        rules: { taskStartedWait: 600_000 },
      });
    }),
  );
  const player = new Player(hosts, clock);
  for (let at = 0; at < list.length; at += 2) {
    await Promise.all(list.slice(at, at + 2).map((action) => player.play(action)));
    await player.settled();
  }
  await Promise.all(hosts.map((host) => host.stop()));
  const watch = new Watch();
  for (const entry of player.log.sort((a, b) => a.seq - b.seq)) watch.take(entry);
  return watch.broken;
}

/** The same store, whose calls wait a varying number of turns before they begin. */
function interleaved(store: Store, turns: Iterator<number>): Store {
  const wait = async (): Promise<void> => {
    const count = Number(turns.next().value ?? 0);
    for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    read: async (statements) => (await wait(), store.read(statements)),
    write: async (statements) => (await wait(), store.write(statements)),
    close: () => store.close(),
  };
}

function put(k: string, v: string): ReturnType<typeof sql> {
  return sql(`INSERT INTO t (k, v) VALUES (?, ?)`, k, v);
}

async function all(store: Store): Promise<Record<string, unknown>[]> {
  const [rows] = await store.read([sql(`SELECT * FROM t ORDER BY rowid`)]);
  return rows!.map((row) => ({ ...row }));
}
