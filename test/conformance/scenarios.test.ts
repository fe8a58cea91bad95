/** The given scenarios on the real engine and store. @module */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import { runScenario, type Scenario } from "./scenario.ts";

const file = new URL("./scenarios.yaml", import.meta.url);
const { scenarios } = parse(readFileSync(file, "utf8")) as {
  scenarios: (Scenario & { kind: string; title: string })[];
};

describe("scenarios", () => {
  const engine = scenarios.filter(({ kind }) => kind === "engine");
  test.each(engine.map((scenario) => [scenario.id, scenario.title, scenario] as const))(
    "%s %s",
    async (_id, _title, scenario) => {
      expect(await runScenario(scenario)).toEqual([]);
    },
  );
});
