import { describe, expect, it } from "vitest";
import { parseShipyard, validateShipyard } from "../../src/spec/shipyard_file.ts";

function file(stages: string, apiVersion = "spec.keptn.sh/0.2.3"): string {
  return `apiVersion: ${apiVersion}\nkind: Shipyard\nmetadata:\n  name: s\nspec:\n  stages:\n${stages}`;
}
const DEV = `    - name: dev
      sequences:
        - name: delivery
          tasks:
            - name: deployment
              triggeredAfter: 90s
              properties:
                deploymentstrategy: direct
            - name: test
`;

function shipyardOf(text: string) {
  const read = parseShipyard(text);
  if (!read.ok) throw new Error(read.why);
  return read.shipyard;
}

describe("parseShipyard", () => {
  it("reads stages, sequences, triggers and tasks", () => {
    const text = file(`${DEV}    - name: prod
      sequences:
        - name: delivery
          triggeredOn:
            - event: dev.delivery.finished
              selector: { match: { result: pass } }
          tasks: [{ name: release }]
`);
    expect(shipyardOf(text)).toEqual({
      apiVersion: "spec.keptn.sh/0.2.3",
      name: "s",
      stages: [
        {
          name: "dev",
          sequences: [
            {
              name: "delivery",
              triggeredOn: [],
              tasks: [
                {
                  name: "deployment",
                  triggeredAfter: "90s",
                  properties: { deploymentstrategy: "direct" },
                },
                { name: "test" },
              ],
            },
          ],
        },
        {
          name: "prod",
          sequences: [
            {
              name: "delivery",
              triggeredOn: [
                { event: "dev.delivery.finished", selector: { match: { result: "pass" } } },
              ],
              tasks: [{ name: "release" }],
            },
          ],
        },
      ],
    });
  });

  it("takes what Go's reader took: nulls, numbers as text, lost properties, bad durations", () => {
    const text = file(`    - name: 1
      sequences:
        - name: delivery
          triggeredOn:
          tasks:
            - { name: test, properties: [a], triggeredAfter: soon }
`);
    expect(shipyardOf(text).stages).toEqual([
      {
        name: "1",
        sequences: [
          { name: "delivery", triggeredOn: [], tasks: [{ name: "test", triggeredAfter: "soon" }] },
        ],
      },
    ]);
  });

  it("accepts a shipyard without stages at run time, but not for a project", () => {
    const text = "apiVersion: 0.2.0";
    expect(shipyardOf(text).stages).toEqual([]);
    expect(validateShipyard(text)).toMatchObject({
      ok: false,
      why: expect.stringMatching(/^provided shipyard file is not valid: .*no stages/),
    });
  });

  it.each(["0.2.0", "spec.keptn.sh/0.2.3", "1.0.0", "0.2", "v0.2.1"])("accepts version %s", (v) => {
    expect(parseShipyard(file(DEV, v)).ok).toBe(true);
  });

  it.each(["''", "0", "0.1.7", "0.2.0-alpha", "1.0.0-rc.1", "latest"])(
    "refuses version %s",
    (version) => {
      expect(parseShipyard(file(DEV, version))).toMatchObject({
        ok: false,
        problems: [{ line: 1, message: expect.stringContaining("0.2.0 or later") }],
      });
    },
  );
});

describe("validateShipyard", () => {
  const FAULTS: [string, string, number, RegExp][] = [
    ["YAML", "apiVersion: [", 1, /could not unmarshal provided shipyard content: /],
    ["another shape", file("    dev: {}"), 6, /could not unmarshal.*spec.stages: expected a list/],
    ["upper case", file(DEV.replace("dev", "Dev")), 7, /Dev is not a valid Keptn name/],
    ["a missing name", file("    - sequences: []\n"), 7, /a stage without a name/],
    ["a hyphen at the end", file(DEV.replace("dev", "dev-")), 7, /dev- is not a valid/],
    ["0.1", "stages:\n  - name: dev\n", 1, /Keptn 0.7 and older/],
  ];
  it.each(FAULTS)("refuses %s with its line", (_name, text, line, message) => {
    const read = validateShipyard(text);
    expect(read).toMatchObject({ ok: false, why: expect.stringMatching(message) });
    expect(read.ok ? [] : read.problems.map((problem) => problem.line)).toContain(line);
  });

  const after = (trigger: string): string =>
    file(`${DEV}    - name: prod
      sequences:
        - name: release
          triggeredOn:
            - ${trigger}
          tasks:
            - name: release
`);
  const WARNINGS: [string, string, number, RegExp][] = [
    ["a stage twice", file(DEV + DEV), 16, /second stage named dev/],
    [
      "the word failed",
      after("{ event: dev.delivery.finished, selector: { match: { result: failed } } }"),
      20,
      /never matches: write fail/,
    ],
    ["an unknown stage", after("event: dve.delivery.finished"), 20, /stage dve.*did you mean dev/],
    [
      "an unknown sequence",
      after("event: dev.deliver.finished"),
      20,
      /sequence deliver.*did you mean delivery/,
    ],
    [
      "a long event",
      after("event: sh.keptn.event.dev.delivery.finished"),
      20,
      /never matches: write <stage>/,
    ],
    [
      "a foreign match key",
      after("{ event: dev.delivery.finished, selector: { match: { tests.result: pass } } }"),
      20,
      /tests.result is ignored.*test.result/,
    ],
    [
      "an empty match",
      after("{ event: dev.delivery.finished, selector: { match: {} } }"),
      20,
      /empty match never matches/,
    ],
    ["a dot in a task", file(DEV.replace("name: test", "name: te.st")), 15, /te.st has a dot/],
    ["a bad duration", file(DEV.replace("90s", "soon")), 12, /soon is no duration/],
    [
      "lost properties",
      file(DEV.replace("\n                deploymentstrategy: direct", " [a]")),
      13,
      /no mapping/,
    ],
    [
      "a slip",
      file(DEV.replace("triggeredAfter", "triggerdAfter")),
      12,
      /unknown field triggerdAfter.*did you mean triggeredAfter/,
    ],
    ["no tasks", file("    - name: dev\n      sequences:\n        - name: x\n"), 9, /has no tasks/],
  ];
  it.each(WARNINGS)("warns of %s with its line", (_name, text, line, message) => {
    const read = validateShipyard(text);
    expect(read.ok ? read.warnings : read).toContainEqual(
      expect.objectContaining({ line, message: expect.stringMatching(message) }),
    );
  });

  it("has nothing to say about a clean file", () => {
    expect(validateShipyard(after("event: dev.delivery.finished"))).toMatchObject({
      ok: true,
      warnings: [],
    });
  });
});
