/** Reading `shipyard.yaml`. @module */
import { z } from "zod";
import { unknownFields } from "./fields.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { describeProblems, listOf, mapOf, scalarText, shapeYaml, textField } from "./shape.ts";
import type { Shipyard, ShipyardTask, ShipyardTrigger } from "./shipyard.ts";
import { lintShipyard } from "./shipyard_lint.ts";
import { legacyShipyard, stageProblems, versionProblem } from "./shipyard_rules.ts";
import { type Problem, readYaml, type YamlText } from "./yaml.ts";

export type ShipyardRead =
  | { readonly ok: true; readonly shipyard: Shipyard; readonly warnings: Problem[] }
  | { readonly ok: false; readonly why: string; readonly problems: Problem[] };

const task = mapOf(
  z.object({
    name: textField("name of the task: its event is sh.keptn.event.NAME.triggered"),
    triggeredAfter: scalarText
      .optional()
      .meta({ description: "time to wait before the task is sent, such as 90s, 10m or 1h30m" }),
    properties: z.custom<Json>().optional().meta({
      type: "object",
      description: "handed to the executor in the block named after the task",
    }),
  }),
).transform(({ name, triggeredAfter, properties }): ShipyardTask => ({
  name,
  ...(triggeredAfter ? { triggeredAfter } : {}),
  ...(isObject(properties) ? { properties: properties satisfies JsonObject } : {}),
}));

const trigger = mapOf(
  z.object({
    event: textField("STAGE.SEQUENCE.finished of the sequence that this one follows"),
    selector: z
      .object({
        match: z
          .record(z.string(), scalarText)
          .nullish()
          .meta({ description: "result, or TASK.result of the last task: pass, warning or fail" }),
      })
      .nullish()
      .meta({ description: "without it: result pass or warning" }),
  }),
).transform(({ event, selector }): ShipyardTrigger => ({
  event,
  ...(selector?.match ? { selector: { match: selector.match } } : {}),
}));

const sequence = mapOf(
  z.object({
    name: textField("name of the sequence, such as delivery"),
    triggeredOn: listOf(trigger).meta({ description: "finished sequences that start this one" }),
    tasks: listOf(task).meta({ description: "executed one after the other" }),
  }),
);

const stage = mapOf(
  z.object({
    name: textField("lower case letters, digits and hyphens"),
    sequences: listOf(sequence).meta({ description: "what can run in this stage" }),
  }),
);

/** What the file may hold. */
export const shipyardFile = z.object(
  {
    apiVersion: textField("spec.keptn.sh/0.2.3"),
    kind: scalarText.optional().meta({ description: "Shipyard" }),
    metadata: mapOf(z.object({ name: textField("name of the shipyard") })),
    spec: mapOf(z.object({ stages: listOf(stage) })),
  },
  { error: "expected a mapping with apiVersion, kind, metadata and spec" },
);

/**
 * Reads a shipyard as leniently as Keptn did at run time (Keptn: orchestration.md 2.2, 3.3).
 *
 * Unknown fields are ignored and properties that are no mapping are dropped: only YAML, shape and
 * version can refuse it. The warnings say what will not work as it looks.
 */
export function parseShipyard(text: string): ShipyardRead {
  const yaml = readYaml(text);
  const read = readShipyard(yaml);
  if (read.fault) return refused(describeProblems(read.problems), read.problems);
  return { ok: true, shipyard: read.shipyard, warnings: warningsOf(read.shipyard, yaml) };
}

/**
 * Checks a shipyard as project creation does (Keptn: orchestration.md 3.1, http-api.md 2.2.4).
 *
 * `why` is Keptn's sentence followed by what is wrong and where.
 */
export function validateShipyard(text: string): ShipyardRead {
  const yaml = readYaml(text);
  const read = readShipyard(yaml);
  if (read.fault === "shape") {
    const why = `could not unmarshal provided shipyard content: ${describeProblems(read.problems)}`;
    return refused(why, read.problems);
  }
  const problems = read.fault ? read.problems : stageProblems(read.shipyard, yaml);
  if (read.fault || problems.length > 0) {
    return refused(`provided shipyard file is not valid: ${describeProblems(problems)}`, problems);
  }
  return { ok: true, shipyard: read.shipyard, warnings: warningsOf(read.shipyard, yaml) };
}

type Reading =
  | { readonly fault?: never; readonly shipyard: Shipyard }
  | { readonly fault: "shape" | "version"; readonly problems: Problem[] };

function readShipyard(yaml: YamlText): Reading {
  const legacy = legacyShipyard(yaml);
  if (legacy) return { fault: "version", problems: [legacy] };
  const shaped = shapeYaml(yaml, shipyardFile);
  if (!shaped.ok) return { fault: "shape", problems: [...shaped.problems] };
  const { apiVersion, metadata, spec } = shaped.value;
  const wrong = versionProblem(apiVersion, yaml);
  if (wrong) return { fault: "version", problems: [wrong] };
  return { shipyard: { apiVersion, name: metadata.name, stages: spec.stages } };
}

function warningsOf(shipyard: Shipyard, yaml: YamlText): Problem[] {
  const warnings = [...unknownFields(shipyardFile, yaml), ...lintShipyard(shipyard, yaml)];
  return warnings.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function refused(why: string, problems: Problem[]): ShipyardRead {
  return { ok: false, why, problems };
}
