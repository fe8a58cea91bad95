/** What an event costs the store: statements counted, query plans without scans (design D2, §6). @module */
import { describe, expect, test } from "vitest";
import { openLibsqlStore } from "../../src/host/adapters/store/libsql.ts";
import { createController } from "../../src/host/engine/controller.ts";
import type { Controller, LogEntry } from "../../src/host/engine/controller_types.ts";
import type { Row, Statement, Store } from "../../src/host/ports/store.ts";
import { HOST_TABLES } from "../../src/host/tables/migrations.ts";
import { sql } from "../../src/host/tables/statement.ts";
import type { KeptnEvent } from "../../src/spec/event.ts";
import { VirtualClock } from "../conformance/clock.ts";

const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.3
spec:
  stages:
    - name: dev
      sequences: [{ name: d, tasks: [{ name: a }, { name: b }] }]
    - name: prod
      sequences: [{ name: d, triggeredOn: [{ event: dev.d.finished }], tasks: [{ name: c }] }]
`;

/** A store that notes every statement on its way. */
class Counting implements Store {
  writes: (readonly Statement[])[] = [];
  reads: Statement[] = [];
  private readonly below: Store;

  constructor(below: Store) {
    this.below = below;
  }
  read(statements: readonly Statement[]): Promise<Row[][]> {
    this.reads.push(...statements);
    return this.below.read(statements);
  }
  write(statements: readonly Statement[]): ReturnType<Store["write"]> {
    this.writes.push(statements);
    return this.below.write(statements);
  }
  close(): Promise<void> {
    return this.below.close();
  }
}

interface Host {
  readonly store: Counting;
  readonly controller: Controller;
  readonly log: LogEntry[];
  send(type: string, more?: Partial<KeptnEvent>, data?: object): Promise<void>;
}

let made = 0;

async function open(): Promise<Host> {
  const store = new Counting(await openLibsqlStore({ url: ":memory:", migrations: [HOST_TABLES] }));
  await store.write([
    sql(
      `INSERT INTO project (name, version, shipyard, created, body) VALUES ('p', 1, ?, 0, '{}')`,
      SHIPYARD,
    ),
    sql(
      `INSERT INTO branch (project, name, head, version) VALUES ('p', 'dev', 'h', 1), ('p', 'prod', 'h', 1)`,
    ),
  ]);
  const controller = await createController({
    store,
    clock: new VirtualClock(0),
    ids: { uuid: () => `id-${made++}`, bytes: (count) => new Uint8Array(count) },
    log: () => undefined,
    rules: { taskStartedWait: 600_000 },
  });
  const log: LogEntry[] = [];
  controller.subscribe((entries) => log.push(...entries));
  return {
    store,
    controller,
    log,
    async send(type, more = {}, data = {}) {
      await controller.accept(
        {
          id: `e-${made++}`,
          type: `sh.keptn.event.${type}`,
          source: "t",
          specversion: "1.0",
          shkeptncontext: "c",
          data: { project: "p", stage: "dev", service: "s", ...data },
          ...more,
        },
        { via: "api", principal: "t", dedupe: [`key-${made++}`] },
      );
    },
  };
}

/** A whole delivery; calls back before each step with what comes. */
async function delivery(host: Host, step: (what: string) => void): Promise<void> {
  const answer = async (task: string, kind: string, stage: string): Promise<void> => {
    const target = host.log.findLast(
      ({ event }) => event.type === `sh.keptn.event.${task}.triggered`,
    )!;
    const outcome = kind === "finished" ? { result: "pass", status: "succeeded" } : {};
    step(`${task}.${kind}`);
    await host.send(`${task}.${kind}`, { triggeredid: target.event.id }, { ...outcome, stage });
  };
  step("triggered");
  await host.send("dev.d.triggered");
  for (const [task, stage] of [
    ["a", "dev"],
    ["b", "dev"],
    ["c", "prod"],
  ] as const) {
    await answer(task, "started", stage);
    step(`${task}.status.changed`);
    await host.send(`${task}.status.changed`, {}, { stage });
    await answer(task, "finished", stage);
  }
}

describe("statements", () => {
  test("each kind of event takes at most eight in a batch of its own, the commit id aside", async () => {
    const host = await open();
    await delivery(host, () => undefined);
    host.store.writes = [];
    const counts: Record<string, number> = {};
    const kinds: string[] = [];
    await delivery(host, (what) => kinds.push(what));
    expect(host.store.writes).toHaveLength(kinds.length);
    host.store.writes.forEach((statements, index) => {
      counts[kinds[index]!] = statements.filter(
        ({ sql }) => !/INTO commit_mark|INTO dedupe/.test(sql),
      ).length;
    });
    expect(counts).toEqual({
      triggered: 6,
      "a.started": 5,
      "a.status.changed": 2,
      "a.finished": 6,
      "b.started": 5,
      "b.status.changed": 2,
      "b.finished": 7,
      "c.started": 5,
      "c.status.changed": 2,
      "c.finished": 7,
    });
    await host.controller.stop();
    await host.store.close();
  });

  test("a group costs less per event than its events alone", async () => {
    const host = await open();
    await host.send("dev.d.triggered");
    host.store.writes = [];
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        host.send("dev.d.triggered", { shkeptncontext: `g${n}` }, { service: `s${n}` }),
      ),
    );
    const total = host.store.writes.reduce((sum, statements) => sum + statements.length, 0);
    expect(host.store.writes).toHaveLength(1);
    expect(total).toBeLessThanOrEqual(8);
    await host.controller.stop();
    await host.store.close();
  });

  test("nothing on the path of an event scans a table", async () => {
    const host = await open();
    await delivery(host, () => undefined);
    const texts = new Set([...host.store.writes.flat(), ...host.store.reads].map(({ sql }) => sql));
    expect(texts.size).toBeGreaterThan(10);
    const scans: string[] = [];
    for (const text of texts) {
      if (!/^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(text)) continue;
      const [plan] = await host.store.read([sql(`EXPLAIN QUERY PLAN ${text}`, ...argsFor(text))]);
      // A JSON argument is read once from start to end; it is no table.
      for (const { detail } of plan!) {
        if (/^SCAN (?!json_each|g VIRTUAL|CONSTANT|\d+ CONSTANT)/.test(String(detail)))
          scans.push(`${String(detail)}: ${text}`);
      }
    }
    expect(scans).toEqual([]);
    await host.controller.stop();
    await host.store.close();
  });
});

function argsFor(text: string): string[] {
  const numbered = text.match(/\?\d+/g)?.map((mark) => Number(mark.slice(1))) ?? [];
  const plain = text.match(/\?(?!\d)/g)?.length ?? 0;
  return Array.from({ length: Math.max(0, ...numbered) + plain }, () => "[]");
}
