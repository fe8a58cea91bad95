/** What must hold in every history: rules of the slots, ends and reasons, replay, repeats, order. @module */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readExecutions } from "../../src/host/engine/load.ts";
import { waitingReason } from "../../src/host/http/waiting.ts";
import type { LogEntry } from "../../src/host/engine/controller_types.ts";
import type { Store } from "../../src/host/ports/store.ts";
import { readEvent } from "../../src/host/tables/event_table.ts";
import { readMember, selectMembers } from "../../src/host/tables/execution_table.ts";
import { sql } from "../../src/host/tables/statement.ts";
import { textAt } from "../../src/spec/json.ts";
import { openScenarioHost, PROJECT, type ScenarioHost } from "../conformance/world.ts";
import { type Action, actions, Player, SHIPYARD, STAGES } from "./history.ts";
import { Watch } from "./rules.ts";

const CONTEXTS = ["c1", "c2", "c3"];
const SERVICES = ["carts", "orders"];
const RUNS = { numRuns: Number(process.env.HISTORIES ?? 40) };
const history = (length: number): fc.Arbitrary<Action[]> =>
  fc.array(actions(CONTEXTS, SERVICES), { minLength: 5, maxLength: length });

const open = (): Promise<ScenarioHost> =>
  openScenarioHost({
    shipyard: SHIPYARD,
    commits: new Map(),
    stages: STAGES,
    taskStartedWait: 600,
  });

async function played(
  list: readonly Action[],
  look: (host: ScenarioHost, player: Player) => Promise<void>,
): Promise<void> {
  const host = await open();
  const player = new Player([host.controller], host.clock);
  try {
    for (const action of list) {
      await player.play(action);
      await player.settled();
    }
    await look(host, player);
  } finally {
    await host.close();
  }
}

/** The controller's state as rows, comparable between stores. */
async function stateOf(store: Store): Promise<unknown> {
  return store.read([
    sql(`SELECT * FROM context ORDER BY project, id`),
    sql(`SELECT * FROM execution ORDER BY id`),
    sql(`SELECT * FROM slot ORDER BY project, stage, service`),
    sql(`SELECT id, type, open, body FROM event WHERE origin = 'emitted' ORDER BY seq`),
  ]);
}

/** Versions count writes, not states. */
function withoutVersions(state: unknown): unknown {
  return JSON.parse(
    JSON.stringify(state, (key, value: unknown) => (key === "version" ? undefined : value)),
  );
}

async function logOf(store: Store): Promise<Pick<LogEntry, "origin" | "event" | "at">[]> {
  const [rows] = await store.read([sql(`SELECT origin, at, body FROM event ORDER BY seq`)]);
  return rows!.map((row) => ({
    origin: String(row.origin) as LogEntry["origin"],
    at: Number(row.at),
    event: readEvent(row),
  }));
}

describe("in every history", () => {
  test("no slot has two holders, and nothing is sent after a pause", async () => {
    await fc.assert(
      fc.asyncProperty(history(60), (list) =>
        played(list, async (_host, player) => {
          const watch = new Watch();
          for (const entry of player.log) watch.take(entry);
          expect(watch.broken).toEqual([]);
        }),
      ),
      RUNS,
    );
  });

  test("every execution ends or names what it waits for", async () => {
    await fc.assert(
      fc.asyncProperty(history(40), (list) =>
        played(list, async ({ store, clock }) => {
          const [rows] = await store.read([sql(`SELECT * FROM execution WHERE open = 1`)]);
          for (const execution of await readExecutions(store, rows!)) {
            const [members] = await store.read([selectMembers(execution)]);
            const reason = waitingReason(execution, {
              now: clock.now(),
              members: members!.map(readMember),
              pausedBy: { rule: "paused", message: "paused by command" },
              audience: () => ({ plugins: [], integrations: [], registered: [] }),
            });
            expect(reason?.message, `execution ${execution.id}`).toBeTruthy();
            expect(reason?.message).not.toContain("?");
          }
        }),
      ),
      RUNS,
    );
  });

  test("replaying the log gives the same state", async () => {
    await fc.assert(
      fc.asyncProperty(history(50), (list) =>
        played(list, async ({ store, clock }) => {
          const again = await open();
          try {
            await replay(await logOf(store), again);
            await again.clock.advanceTo(clock.now(), () => again.controller.settled());
            expect(withoutVersions(await stateOf(again.store))).toEqual(
              withoutVersions(await stateOf(store)),
            );
          } finally {
            await again.close();
          }
        }),
      ),
      RUNS,
    );
  });

  test("an event that comes again changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(history(40), (list) =>
        played(list, async ({ store, controller }) => {
          const before = await stateOf(store);
          for (const { origin, event } of await logOf(store)) {
            if (origin === "internal") continue;
            const accepted = await controller.accept(event, { via: "bus", principal: "test" });
            expect(accepted).toMatchObject({ kind: "refused", refused: { rule: "dup" } });
          }
          expect(await stateOf(store)).toEqual(before);
        }),
      ),
      RUNS,
    );
  });

  test("the order of events of different slots changes no outcome", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(actions(["c1"], ["carts"]).filter(isLocal), { maxLength: 25 }),
        fc.array(actions(["c2"], ["orders"]).filter(isLocal), { maxLength: 25 }),
        fc.infiniteStream(fc.boolean()),
        async (first, second, coin) => {
          const apart = await outcomes([first, second], (left) => left[0]!.length === 0);
          const mixed = await outcomes(
            [first, second],
            (left) => left[0]!.length === 0 || (left[1]!.length > 0 && coin.next().value === true),
          );
          expect(mixed).toEqual(apart);
        },
      ),
      RUNS,
    );
  });
});

/** Actions that look at their own context only. */
function isLocal(action: Action): boolean {
  return (
    action.do === "trigger" ||
    action.do === "run" ||
    action.do === "answer" ||
    action.do === "control"
  );
}

/** Plays two independent lists in some order; returns what became of each service. */
async function outcomes(
  lists: readonly Action[][],
  takeSecond: (left: Action[][]) => boolean,
): Promise<unknown> {
  const host = await open();
  const players = ["carts", "orders"].map(
    (service) => new Player([only(host, service)], host.clock),
  );
  const left = lists.map((list) => [...list]);
  try {
    while (left.some((list) => list.length > 0)) {
      const index = takeSecond(left) ? 1 : 0;
      await players[index]!.play(left[index]!.shift()!);
      await host.controller.settled();
    }
    return players.map(({ log }) =>
      log.map(({ event, reason }) => [event.type, event.shkeptncontext, event.data, reason?.rule]),
    );
  } finally {
    await host.close();
  }
}

/** The controller as a player sees it that only hears of one service. */
function only(host: ScenarioHost, service: string): ScenarioHost["controller"] {
  const { controller } = host;
  const names = service === "carts" ? "a" : "b";
  return {
    accept: (event, options) =>
      controller.accept({ ...event, id: `${names}-${event.id}` }, options),
    control: (command) => controller.control(command),
    subscribe: (listener) =>
      controller.subscribe((entries) =>
        listener(entries.filter(({ event }) => textAt(event.data, "service") === service)),
      ),
    settled: () => controller.settled(),
    stop: () => controller.stop(),
    newest: 0,
  };
}

/** Feeds the inputs of a log to a fresh host, each at its instant. */
async function replay(log: Awaited<ReturnType<typeof logOf>>, host: ScenarioHost): Promise<void> {
  for (const { origin, event, at } of log) {
    if (origin === "emitted" || event.type === "periplus.internal.timer") continue;
    await host.clock.advanceTo(at, () => host.controller.settled());
    if (origin === "received") {
      await host.controller.accept(event, { via: "bus", principal: "test" });
    } else {
      host.nextId = event.id;
      const { command, context, stage } = event.data as {
        command: "pause" | "resume" | "abort";
        context: string;
        stage?: string;
      };
      const control = { project: PROJECT, command, context, principal: "test" };
      await host.controller.control(stage === undefined ? control : { ...control, stage });
    }
    await host.controller.settled();
  }
}
