/** Runs files in the format of `lighthouse-vectors.json` through the code of `src/spec`. @module */
import { z } from "zod";
import { differences } from "./diff.ts";
import { runEvaluation } from "./evaluation_vector.ts";
import { fixWindow, NOW, withoutGoWords } from "./vector_values.ts";
import { RUNNERS } from "./vector_kinds.ts";
import { runStart } from "./start_vector.ts";

export interface VectorRun {
  readonly name: string;
  readonly ok: boolean;
  /** What differs; empty when it is ok. */
  readonly diff: string;
}

const vectorSchema = z.looseObject({
  id: z.string(),
  kind: z.string(),
  expected: z.looseObject({
    error: z.string().optional(),
    errorIsRuntimeSpecific: z.boolean().optional(),
  }),
});
type Vector = z.infer<typeof vectorSchema>;

/** What a vector's operation gave: a value, or the text of its failure. */
export type Outcome = { readonly value: unknown } | { readonly error: string };

/** Executes every vector; one that cannot be executed has failed. */
export function runVectors(json: unknown): VectorRun[] {
  if (!Array.isArray(json)) throw new Error("a vector file is a list of vectors");
  return json.map((entry, index) => {
    const parsed = vectorSchema.safeParse(entry);
    if (!parsed.success) {
      const why = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
      return { name: `vector ${index}`, ok: false, diff: why.join("; ") };
    }
    const diff = runVector(parsed.data);
    return { name: parsed.data.id, ok: diff.length === 0, diff: diff.join("; ") };
  });
}

function runVector(vector: Vector): string[] {
  const run = { ...RUNNERS, evaluation: runEvaluation, startEvaluation: runStart }[vector.kind];
  if (!run) return [`unknown kind ${vector.kind}`];
  try {
    return compareOutcome(vector.expected, run(vector));
  } catch (error) {
    return [`threw ${error instanceof Error ? error.message : String(error)}`];
  }
}

function compareOutcome(expected: Vector["expected"], outcome: Outcome): string[] {
  if (expected.error === undefined) {
    if ("error" in outcome) return [`failed with ${outcome.error}`];
    return differences(withoutGoWords(fixWindow(expected, NOW)), withoutGoWords(outcome.value));
  }
  if (!("error" in outcome)) return [`expected the error ${expected.error}, got a value`];
  if (expected.errorIsRuntimeSpecific) return [];
  return differences(expected.error, outcome.error, "error");
}
