import { describe, expect, it } from "vitest";
import { parseSlo } from "../../src/spec/slo_file.ts";

function objective(yaml: string) {
  const read = parseSlo(`objectives:\n  - ${yaml}\n`);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.slo.objectives[0];
}

describe("scalars are taken as Go takes them", () => {
  it.each<[string, string]>([
    ["sli: 1.50", "1.50"],
    ["sli: 0x10", "0x10"],
    ["sli: yes", "yes"],
    ["sli: ~", ""],
    ["sli:", ""],
    ["sli: 'null'", "null"],
    ["sli: 2020-01-01", "2020-01-01"],
  ])("%s", (yaml, text) => expect(objective(yaml)?.sli).toBe(text));

  it.each<[string, number]>([
    ["weight: 010", 8],
    ["weight: 0o17", 15],
    ["weight: 0x1F", 31],
    ["weight: 0b101", 5],
    ["weight: 1_000", 1000],
    ["weight: 08", 8],
    ["weight: 1e2", 100],
    ["weight: -2", -2],
    ["weight: -1.9", -1],
    ["weight: .9", 1],
    ["weight: null", 1],
    ['weight: !!int "2"', 2],
  ])("%s", (yaml, weight) => expect(objective(yaml)?.weight).toBe(weight));

  it.each<[string, boolean]>([
    ["key_sli: On", true],
    ["key_sli: 'yes'", true],
    ["key_sli: y", true],
    ["key_sli: off", false],
    ["key_sli: TRUE", true],
  ])("%s", (yaml, key) => expect(objective(yaml)?.key_sli).toBe(key));

  it("drops null criteria and keeps empty groups", () => {
    expect(objective("pass: [{criteria: [null, <5]}, {criteria: []}, {}]")?.pass).toEqual([
      { criteria: ["<5"] },
      { criteria: [] },
      { criteria: null },
    ]);
  });
  it("follows anchors and merge keys", () => {
    const read = parseSlo(
      "x: &defaults {weight: 3, key_sli: true}\nobjectives:\n  - <<: *defaults\n    sli: a\n    weight: 2\n",
    );
    expect(read.ok && read.slo.objectives[0]).toMatchObject({ sli: "a", weight: 2, key_sli: true });
  });
  it("reads the first document only", () => {
    const read = parseSlo("spec_version: '1'\n---\nspec_version: '2'\n");
    expect(read.ok && read.slo.spec_version).toBe("1");
  });
});

describe("faults name line, column and what would be right", () => {
  it.each<[string, string]>([
    [
      "objectives:\n  - sli: a\n    weight: '2'\n",
      '3:13 objectives[0].weight: expected a whole number such as 2, not "2"',
    ],
    [
      "objectives:\n  - key_sli: 'true'\n",
      '2:14 objectives[0].key_sli: expected true or false, not "true"',
    ],
    [
      "objectives:\n  - pass:\n      criteria: ['<5']\n",
      "3:7 objectives[0].pass: expected a list of groups, each `- criteria:` with a list of criteria, not a mapping",
    ],
    [
      "objectives:\n  - pass:\n      - criteria: <5\n",
      '3:19 objectives[0].pass[0].criteria: expected a list of criteria, such as `- "<=500"`, not "<5"',
    ],
    [
      "objectives:\n  - pass:\n      - criteria:\n          - >=5\n",
      '4:14 put a criterion that begins with > in quotes: - ">=5"',
    ],
    [
      "objectives:\n  - pass: [null]\n",
      "2:12 objectives[0].pass[0]: expected a group with criteria, not nothing",
    ],
    ["null\n", "1:1 expected a mapping with objectives, not nothing"],
    ["---\n", "1:4 expected a mapping with objectives, not nothing"],
    ["invalid\n", '1:1 expected a mapping with objectives and total_score, not "invalid"'],
    ["filter: [a]\n", "1:9 filter: expected a mapping such as `handler: checkout`, not a list"],
    ["a: 1\na: 2\n", "2:1 key a stands twice: remove one of them"],
    ["total_score: 90%\n", '1:14 total_score: expected a mapping with pass and warning, not "90%"'],
  ])("%j", (yaml, said) => {
    const read = parseSlo(yaml);
    if (read.ok) throw new Error("accepted");
    const { line, column, message } = read.problems[0]!;
    expect(`${line}:${column} ${message}`).toBe(said);
  });
  it("does not look at repeated keys of parts that nobody reads", () => {
    expect(parseSlo("x: {a: 1, a: 2}\n").ok).toBe(true);
    expect(parseSlo("filter: {a: 1, a: 2}\n").ok).toBe(false);
  });
  it("stops an anchor that holds itself", () => {
    expect(parseSlo("objectives: &a [*a]\n").ok).toBe(false);
  });
  it("stops an alias bomb", () => {
    const levels = Array.from({ length: 9 }, (_, i) => {
      const of =
        i === 0
          ? "x"
          : Array(9)
              .fill(`*a${i - 1}`)
              .join(",");
      return `a${i}: &a${i} [${of}]`;
    });
    expect(parseSlo(levels.join("\n")).ok).toBe(false);
  });
});

describe("warnings", () => {
  it("tell what will not work", () => {
    const read = parseSlo(
      [
        "comparison:",
        "  aggregate_function: AVG",
        "objectives:",
        "  - sli: a",
        "    key-sli: true",
        "    pass:",
        "      - criteria: [<500ms]",
        "total_score: {pass: 90%, warning: 95%}",
      ].join("\n"),
    );
    if (!read.ok) throw new Error("refused");
    expect(read.warnings.map(({ line, message }) => `${line} ${message}`)).toEqual([
      "2 aggregate_function AVG is unknown and yields 0 (did you mean avg?): use avg, p50, p90, p95",
      "5 unknown field key-sli is ignored (did you mean key_sli?)",
      '7 "<500ms" is no criterion, so every evaluation fails: write an operator and a number, such as <=500, <+15% or >=-8%',
      "8 the warning goal is above the pass goal, so nothing ends with a warning",
    ]);
  });
});
