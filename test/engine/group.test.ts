/** Inputs that are written together: one of them never decides what the others are told. @module */
import { expect, test } from "vitest";
import { openLibsqlStore } from "../../src/host/adapters/store/libsql.ts";
import { createController } from "../../src/host/engine/controller.ts";
import type {
  Accepted,
  AcceptOptions,
  Controller,
} from "../../src/host/engine/controller_types.ts";
import type { Store } from "../../src/host/ports/store.ts";
import { HOST_TABLES } from "../../src/host/tables/migrations.ts";
import { sql } from "../../src/host/tables/statement.ts";
import type { Json } from "../../src/spec/json.ts";
import { VirtualClock } from "../conformance/clock.ts";

let made = 0;

interface Opened {
  readonly store: Store;
  readonly controller: Controller;
  /** Sends an event; resolves with its id beside the answer, or with the error. */
  send(data: Json, options?: Partial<AcceptOptions>): Promise<Accepted | Error>;
}

async function open(write?: (below: Store) => Store["write"]): Promise<Opened> {
  const below = await openLibsqlStore({ url: ":memory:", migrations: [HOST_TABLES] });
  const store: Store = {
    read: (statements) => below.read(statements),
    write: write ? write(below) : (statements) => below.write(statements),
    close: () => below.close(),
  };
  const controller = await createController({
    store,
    clock: new VirtualClock(0),
    ids: { uuid: () => `id-${made++}`, bytes: (count) => new Uint8Array(count) },
    log: () => undefined,
    rules: { taskStartedWait: 600_000 },
  });
  return {
    store,
    controller,
    send: (data, options = {}) =>
      controller
        .accept(
          {
            id: `e-${made++}`,
            type: "sh.keptn.event.a.finished",
            source: "t",
            specversion: "1.0",
            shkeptncontext: "c",
            triggeredid: "t",
            data,
          },
          { via: "api", principal: "t", ...options },
        )
        .catch((error: Error) => error),
  };
}

const PLACE = { project: "p", stage: "dev", service: "s" };

test("a repetition is not answered before what it repeats is durable", async () => {
  let broken = true;
  const { send } = await open(
    (below) => (statements) =>
      broken ? Promise.reject(new Error("disk full")) : below.write(statements),
  );
  const both = (): Promise<(Accepted | Error)[]> =>
    Promise.all([send(PLACE, { dedupe: ["k"] }), send(PLACE, { dedupe: ["k"] })]);
  expect(await both()).toMatchObject([{ message: "disk full" }, { message: "disk full" }]);
  broken = false;
  const [first, second] = await both();
  expect(first).toMatchObject({ kind: "recorded" });
  const { event } = first as Accepted & { kind: "recorded" };
  expect(second).toMatchObject({ kind: "repeated", eventId: event.id });
});

test("a repetition of what could not be recorded takes its place", async () => {
  const { send } = await open();
  const guard = { along: [sql(`INSERT INTO guard (n) VALUES (1)`)], dedupe: ["k"] };
  const [refused, taken] = await Promise.all([send(PLACE, guard), send(PLACE, { dedupe: ["k"] })]);
  expect(refused).toMatchObject({ name: "GuardFailed" });
  expect(taken).toMatchObject({ kind: "recorded" });
});

test("an event that cannot be written refuses no other event", async () => {
  const { send } = await open();
  const deep = JSON.parse("[".repeat(50_000) + "]".repeat(50_000)) as Json;
  const [good, bad, other] = await Promise.all([send(PLACE), send({ deep }), send(PLACE)]);
  expect(good).toMatchObject({ kind: "recorded" });
  expect(bad).toBeInstanceOf(RangeError);
  expect(other).toMatchObject({ kind: "recorded" });
});

test("a context whose executions are gone holds up nothing", async () => {
  const { store, send } = await open();
  await store.write([
    sql(
      `INSERT INTO context (project, id, version, name, service, time, state, body) VALUES ('p', 'c', 1, 'd', 's', '', 'started', ?)`,
      JSON.stringify({
        view: null,
        pauses: { all: false, stages: {} },
        open: [{ id: "gone", stage: "dev", state: "started" }],
        endedLast: "finished",
        timedOut: false,
      }),
    ),
  ]);
  const [lost, other] = await Promise.all([send(PLACE), send({ ...PLACE, project: "q" })]);
  expect(lost).toMatchObject({ message: "execution gone is gone" });
  expect(other).toMatchObject({ kind: "recorded" });
});

test("a listener that fails keeps nothing from the others", async () => {
  const { controller, send } = await open();
  const heard: string[] = [];
  controller.subscribe(() => {
    throw new Error("broken listener");
  });
  controller.subscribe((entries) => heard.push(...entries.map(({ event }) => event.id)));
  expect(await send(PLACE)).toMatchObject({ kind: "recorded" });
  expect(heard).toHaveLength(1);
});
