/** What is old and over goes; what is open or young stays. @module */
import { expect, test } from "vitest";
import { purge } from "../../src/host/retention.ts";
import { sql } from "../../src/host/tables/statement.ts";
import { openScenarioHost } from "../conformance/world.ts";
import { Player, SHIPYARD, STAGES } from "./history.ts";

const DAY = 86_400_000;

test("finished deliveries, stray events and keys go when they are old", async () => {
  const host = await openScenarioHost({
    shipyard: SHIPYARD,
    commits: new Map(),
    stages: STAGES,
    taskStartedWait: 600,
  });
  const { store, clock, controller } = host;
  const player = new Player([controller], clock);
  const trigger = async (context: string, service: string): Promise<void> => {
    await player.play({ do: "trigger", context, sequence: "dev.check", service });
    await player.settled();
  };
  const stray = (id: string): Promise<unknown> =>
    controller.accept(
      {
        id,
        type: "sh.keptn.event.note.finished",
        source: "t",
        specversion: "1.0",
        shkeptncontext: `stray-${id}`,
        data: {},
      },
      { via: "api", principal: "t", dedupe: [`key-${id}`] },
    );
  await trigger("old-over", "a");
  await player.play({ do: "run", which: 0, result: "pass" });
  await trigger("old-open", "b");
  await player.play({
    do: "answer",
    which: 0,
    kind: "started",
    result: "pass",
    status: "succeeded",
  });
  await stray("old");
  await player.settled();
  await clock.advanceTo(clock.now() + 10 * DAY, () => player.settled());
  await trigger("young", "c");
  await stray("young");
  const plugins: number[] = [];
  const options = { store, clock, log: () => undefined, retention: 5 * DAY };
  await purge({ ...options, purgePlugins: async (before) => void plugins.push(before) });
  const [contexts, events, executions, keys] = await store.read([
    sql(`SELECT id FROM context ORDER BY id`),
    sql(`SELECT DISTINCT context FROM event ORDER BY context`),
    sql(`SELECT DISTINCT context FROM execution ORDER BY context`),
    sql(`SELECT key FROM dedupe`),
  ]);
  expect(contexts!.map(({ id }) => id)).toEqual(["old-open", "young"]);
  expect(events!.map(({ context }) => context)).toEqual(["old-open", "stray-young", "young"]);
  expect(executions!.map(({ context }) => context)).toEqual(["old-open", "young"]);
  expect(keys!.map(({ key }) => key)).toEqual(["key-young"]);
  expect(plugins).toEqual([clock.now() - 5 * DAY]);
  await host.close();
});
