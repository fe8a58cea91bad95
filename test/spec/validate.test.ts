import { describe, expect, it } from "vitest";
import { fileKindOf } from "../../src/spec/file_kind.ts";
import { validateFile } from "../../src/spec/validate.ts";
import { readYaml } from "../../src/spec/yaml.ts";
import { fixtures, fixtureText, HAVE_FIXTURES, WITHOUT } from "./fixtures.ts";

const ALL = fixtures(
  "shipyard",
  "slo",
  "sli",
  "remediation",
  "webhook",
  "job",
  "event",
  "api-response",
);

describe.skipIf(!HAVE_FIXTURES)(`files of Keptn users${WITHOUT}`, () => {
  it.each(ALL)("$file is $expect", ({ file, kind, expect: wanted }) => {
    const text = fixtureText(file);
    const result = validateFile(text, file);
    expect(result.kind).toBe(kind);
    if (wanted === "valid" || wanted === "edge") {
      expect(result).toMatchObject({ valid: true, problems: [] });
    } else {
      expect(result.valid, JSON.stringify(result)).toBe(false);
      expect(result.problems[0]).toMatchObject({
        line: expect.any(Number),
        message: expect.stringMatching(
          wanted === "invalid"
            ? /./
            : wanted === "template"
              ? /template/
              : /Keptn 0\.\d|early proposal/,
        ),
      });
    }
  });
});

describe("file kinds", () => {
  it.each([
    ["kind: Shipyard", "", "shipyard"],
    ["spec: {stages: []}", "", "shipyard"],
    ["stages: []", "", "shipyard"],
    ["objectives: []", "", "slo"],
    ["indicators: {a: b}", "", "sli"],
    ["spec_version: '1.0'", "prometheus/sli.yaml", "sli"],
    ["spec_version: '1.0'", "slo.yaml", "slo"],
    ["spec: {remediations: []}", "", "remediation"],
    ["kind: WebhookConfig", "", "webhook"],
    ["apiVersion: v2\nactions: []", "", "job"],
    ["{}", "carts/job/config.yaml", "job"],
    ['{"type": "sh.keptn.event.a.b.triggered", "data": {}}', "", "event"],
    ['{"events": []}', "", "api-response"],
    ["a: b", "values.yaml", undefined],
  ])("%j at %j is %s", (text, path, kind) => {
    expect(fileKindOf(readYaml(text).value, path)).toBe(kind);
  });

  it("says how to name a kind that cannot be told", () => {
    expect(validateFile("a: b")).toMatchObject({
      valid: false,
      problems: [{ line: 1, message: expect.stringContaining("--kind shipyard|slo") }],
    });
  });
});

describe("faults", () => {
  const webhook = (version: string, body: string): string =>
    `apiVersion: webhookconfig.keptn.sh/${version}\nkind: WebhookConfig\nspec:\n${body}`;
  const hook = "  webhooks:\n    - type: t\n      subscriptionID: s\n      requests:\n        - ";
  const remediation =
    "apiVersion: spec.keptn.sh/0.1.4\nkind: Remediation\nspec:\n  remediations:\n";
  const event = (type: string, data: string): string =>
    `{"type": "${type}",\n "source": "t",\n "data": ${data}}`;

  it.each([
    [
      "webhook version",
      webhook("v1", hook + "curl x"),
      1,
      /unsupported webhook configuration version/,
    ],
    ["no webhooks", webhook("v1beta1", "  webhooks: []"), 3, /missing 'webhooks\[\]' part/],
    [
      "no type",
      webhook("v1beta1", "  webhooks: [{subscriptionID: s}]"),
      4,
      /missing 'webhooks\[\].Type' part/,
    ],
    ["text request", webhook("v1beta1", hook + "curl x"), 8, /webhook request URL empty/],
    [
      "method in lower case",
      webhook("v1beta1", hook + "{url: x, method: post}"),
      8,
      /^unsupported webhook request method: write POST, PUT, GET, HEAD in capitals$/,
    ],
    [
      "empty header",
      webhook("v1beta1", hook + "{url: x, method: GET, headers: [{key: a}]}"),
      8,
      /header or value empty/,
    ],
    [
      "remediation of 0.1.3",
      remediation.replace("0.1.4", "0.1.3"),
      1,
      /write apiVersion spec.keptn.sh\/0.1.4/,
    ],
    [
      "actions that are no list",
      remediation + "    - problemType: x\n      actionsOnOpen: a",
      6,
      /expected a list of actions/,
    ],
    ["job without version", "actions: []", 1, /apiVersion must be specified/],
    ["job v1", "apiVersion: v1\nactions: []", 1, /v1 is not supported, use v2/],
    [
      "unknown job field",
      "apiVersion: v2\nactions:\n  - name: a\n    evnts: []",
      4,
      /unknown field evnts/,
    ],
    [
      "event whose data is a list",
      event("sh.keptn.event.a.triggered", "[1]"),
      3,
      /data is no object/,
    ],
    ["event type", event("sh.keptn.deploy", "{}"), 1, /no Keptn event type/],
    [
      "event without stage",
      event("sh.keptn.event.test.started", '{"project": "p", "service": "s"}'),
      3,
      /data.stage is missing/,
    ],
    [
      "event of another stage",
      event(
        "sh.keptn.event.dev.delivery.triggered",
        '{"project": "p", "stage": "prod", "service": "s"}',
      ),
      3,
      /not the stage of the type/,
    ],
    [
      "numeric label",
      event("sh.keptn.event.test.started", '{"labels": {"a": 1}}'),
      3,
      /data.labels has a wrong type/,
    ],
  ])("%s is refused with its line", (_name, text, line, message) => {
    const result = validateFile(text);
    expect(result.valid).toBe(false);
    expect(result.problems).toContainEqual(
      expect.objectContaining({ line, message: expect.stringMatching(message) }),
    );
  });

  it("warns of what a remediation will never do", () => {
    const result = validateFile(
      `${remediation}    - problemType: a\n    - problemType: a\n      actionsOnOpen: [{name: x, acton: y}]\n`,
    );
    expect(result.warnings.map((warning) => warning.message)).toEqual([
      "unknown field acton is ignored (did you mean action?)",
      "problem type a has no actionsOnOpen and is passed over",
      "second entry for problem type a: only the first is used",
      "an action without `action`: nobody can execute it",
    ]);
  });
});
