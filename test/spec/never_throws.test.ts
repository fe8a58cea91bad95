import fc from "fast-check";
import { expect, it } from "vitest";
import { readCloudEvents } from "../../src/spec/cloudevent.ts";
import { FILE_KINDS } from "../../src/spec/file_kind.ts";
import { parseShipyard } from "../../src/spec/shipyard_file.ts";
import { validateFile } from "../../src/spec/validate.ts";
import { fixtures, fixtureText } from "./fixtures.ts";

/** Words that lead deep into the readers. */
const key = fc.constantFrom(
  ...["apiVersion", "kind", "metadata", "spec", "stages", "name", "sequences", "tasks"],
  ...["triggeredOn", "event", "selector", "match", "properties", "triggeredAfter", "webhooks"],
  ...["requests", "headers", "remediations", "actionsOnOpen", "actions", "events", "jsonpath"],
  ...["objectives", "pass", "criteria", "indicators", "total_score", "type", "data", "alerts"],
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "medium" },
    fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), key),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(key, tie("tree"), { maxKeys: 6 }),
  ),
}));
const texts = fc.oneof(
  fc.string(),
  tree.map((value) => JSON.stringify(value)),
);
/** A real file with a hole or a change in it. */
const bitten = fc
  .tuple(fc.nat(), fc.nat(), fc.nat(), fc.string({ maxLength: 3 }))
  .map(([which, from, length, put]) => {
    const all = fixtures(...FILE_KINDS);
    if (all.length === 0) return put;
    const text = fixtureText(all[which % all.length]!.file);
    const start = from % text.length;
    return text.slice(0, start) + put + text.slice(start + (length % 40));
  });

it("every text gets an answer with places, whatever it is taken for", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(
      fc.oneof(texts, bitten),
      fc.option(fc.constantFrom(...FILE_KINDS)),
      (text, kind) => {
        const result = validateFile(text, "", kind ?? undefined);
        expect(result.valid).toBe(result.problems.length === 0);
        const lines = text.split(/\r\n|\r|\n/).length;
        for (const { line, column, message } of [...result.problems, ...result.warnings]) {
          expect([line >= 1 && line <= lines + 1, column >= 1, message !== ""]).toEqual([
            true,
            true,
            true,
          ]);
        }
      },
    ),
    { numRuns: 600 },
  );
});

it("what a project is created from can also be run", () => {
  fc.assert(
    fc.property(tree, (stages) => {
      const text = JSON.stringify({ apiVersion: "spec.keptn.sh/0.2.3", spec: { stages } });
      if (validateFile(text, "", "shipyard").valid) expect(parseShipyard(text).ok).toBe(true);
    }),
  );
});

it("every request gets events or a sentence", () => {
  const header = fc.dictionary(
    fc.constantFrom("content-type", "ce-id", "ce-type", "ce-source", "ce-specversion", "ce-time"),
    fc.constantFrom(
      "1.0",
      "0.3",
      "x",
      "application/cloudevents-batch+json",
      "application/json",
      "%",
      "",
    ),
  );
  fc.assert(
    fc.property(header, texts, (headers, body) => {
      const read = readCloudEvents({ headers, body });
      expect(read.ok ? Array.isArray(read.events) : read.why !== "").toBe(true);
    }),
  );
});
