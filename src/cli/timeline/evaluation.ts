/** The block `evaluation` of an event that anybody may have sent. @module */
import { z } from "zod";
import type { Evaluation } from "../../spec/evaluation.ts";
import type { Json } from "../../spec/json.ts";

const text = z.string().default("");
const targets = z
  .array(
    z.looseObject({
      criteria: text,
      targetValue: z.number().default(0),
      violated: z.boolean().default(false),
    }),
  )
  .nullish()
  .transform((list) => list ?? null);
const value = z
  .looseObject({
    metric: text,
    value: z.number().default(0),
    comparedValue: z.number().optional(),
    success: z.boolean().default(false),
    message: z.string().optional(),
    unit: z.string().optional(),
  })
  .nullish()
  .transform((one) => one ?? null);

const evaluationModel = z.looseObject({
  timeStart: text,
  timeEnd: text,
  result: z.enum(["pass", "warning", "fail"]),
  score: z.number(),
  sloFileContent: text,
  indicatorResults: z
    .array(
      z.looseObject({
        score: z.number().default(0),
        value,
        displayName: text,
        passTargets: targets,
        warningTargets: targets,
        keySli: z.boolean().default(false),
        status: z.enum(["pass", "warning", "fail", "info"]),
      }),
    )
    .nullish()
    .transform((list) => list ?? null),
});

/** The evaluation, or undefined when it is none that has a table. */
export function readEvaluation(block: Json | undefined): Evaluation | undefined {
  const read = evaluationModel.safeParse(block);
  return read.success ? (read.data satisfies object as Evaluation) : undefined;
}
