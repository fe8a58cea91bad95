import { describe, expect, it } from "vitest";
import { mergeSlis } from "../../src/spec/sli.ts";
import { parseSli, parseSliLevel } from "../../src/spec/sli_file.ts";
import { fillQuery, type QueryScope, unfilled } from "../../src/spec/sli_query.ts";

const scope: QueryScope = {
  project: "sockshop",
  stage: "dev",
  service: "carts",
  labels: { build: "7", buildId: "8" },
  filters: [{ key: "handler", value: `"Items'Controller"` }],
  window: { start: "2020-01-01T00:00:00.000Z", end: "2020-01-01T00:05:00.500Z" },
};

describe("fillQuery", () => {
  it.each<[string, string]>([
    ["$PROJECT-$STAGE-$SERVICE-$DEPLOYMENT $PROJECT", "sockshop-dev-carts-primary sockshop"],
    ["rate(x[$DURATION_SECONDS])", "rate(x[301s])"],
    ["$LABEL.build $LABEL.buildId $LABEL.other", "7 8 $LABEL.other"],
    ["{h=$handler,H=$HANDLER}", "{h=ItemsController,H=ItemsController}"],
  ])("%s", (query, filled) => expect(fillQuery(query, scope)).toBe(filled));

  it("takes the deployment from the event, then from the label", () => {
    const canary = { ...scope, deployment: "canary" };
    expect(fillQuery("$DEPLOYMENT", canary)).toBe("canary");
    expect(fillQuery("$DEPLOYMENT", { ...canary, labels: { deployment: "blue" } })).toBe("blue");
  });
  it("does not read values as patterns", () => {
    expect(fillQuery("$SERVICE", { ...scope, service: "$&" })).toBe("$&");
  });
  it("tells what is left", () => {
    expect(unfilled("$LABEL.x $NOPE $NOPE 5$")).toEqual(["$LABEL.x", "$NOPE"]);
  });
});

describe("sli.yaml", () => {
  it("merges project, stage and service per indicator", () => {
    const levels = ["a: 1\n  b: 1", "b: 2", "c: 3"].map((body) => {
      const read = parseSliLevel(`spec_version: '1.0'\nindicators:\n  ${body}\n`);
      if (!read.ok) throw new Error("refused");
      return read.sli;
    });
    expect(mergeSlis(levels).indicators).toEqual({ a: "1", b: "2", c: "3" });
  });
  it.each<[string, string]>([
    ["spec_version: '1.0'\n", "missing required field: indicators"],
    ["indicators: {}\n", "missing required field: indicators"],
    ["indicators: [a]\n", "indicators: expected a mapping from indicator to query, not a list"],
    ["indicators:\n  a: {b: c}\n", "indicators.a: expected a text, not a mapping"],
    ["indicators:\n  a: builtin:service.time?scope=tag(x)\n", "Dynatrace metrics API v1"],
  ])("refuses %j", (yaml, why) => {
    const read = parseSli(yaml);
    expect(read.ok ? "" : read.problems[0]?.message).toContain(why);
  });
});
