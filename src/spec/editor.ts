/** JSON Schemas for editors, made of the formats' own schemas. @module */
import { z } from "zod";
import { eventFile } from "./event_file.ts";
import { jobFile } from "./job.ts";
import { remediationFile } from "./remediation.ts";
import { shipyardFile } from "./shipyard_file.ts";
import { webhookFile } from "./webhook.ts";

/**
 * Shapes of the files whose readers keep every number as it was written and so read the YAML tree
 * themselves (`slo_file.ts`, `sli_file.ts`).
 */
const criteria = z
  .array(
    z.looseObject({
      criteria: z
        .array(z.string())
        .meta({ description: "all must hold: <=600, or relative to history: <=+10%" }),
    }),
  )
  .nullish();

const sloFile = z.looseObject({
  spec_version: z.union([z.string(), z.number()]).optional(),
  filter: z.record(z.string(), z.string()).nullish(),
  comparison: z
    .looseObject({
      compare_with: z.enum(["single_result", "several_results"]).optional(),
      include_result_with_score: z.enum(["pass", "pass_or_warn", "all"]).optional(),
      number_of_comparison_results: z.int().optional(),
      aggregate_function: z.enum(["avg", "p50", "p90", "p95"]).optional(),
    })
    .nullish()
    .meta({ description: "which earlier evaluations relative criteria look at" }),
  objectives: z
    .array(
      z.looseObject({
        sli: z.string().meta({ description: "name of the indicator in sli.yaml" }),
        displayName: z.string().optional(),
        pass: criteria.meta({ description: "one group must hold; without it: information only" }),
        warning: criteria,
        weight: z.int().optional(),
        key_sli: z
          .boolean()
          .optional()
          .meta({ description: "when it fails, the whole evaluation fails" }),
      }),
    )
    .nullish(),
  total_score: z
    .looseObject({
      pass: z.union([z.string(), z.number()]).optional(),
      warning: z.union([z.string(), z.number()]).optional(),
    })
    .nullish()
    .meta({ description: 'percentages of the score, such as pass: "90%"' }),
});

const sliFile = z.looseObject({
  spec_version: z.union([z.string(), z.number()]).optional(),
  indicators: z.record(z.string(), z.string()).meta({
    description: "a query per name; $PROJECT, $STAGE, $SERVICE, $DURATION_SECONDS are filled in",
  }),
});

const EDITOR_FORMATS = {
  shipyard: { title: "Keptn shipyard", format: shipyardFile },
  slo: { title: "Keptn service level objectives", format: sloFile },
  sli: { title: "Keptn service level indicators", format: sliFile },
  remediation: { title: "Keptn remediation", format: remediationFile },
  webhook: { title: "Keptn webhook configuration", format: webhookFile },
  job: { title: "Keptn job executor configuration", format: jobFile },
  event: { title: "Keptn event", format: eventFile },
} as const;

export type EditorFormat = keyof typeof EDITOR_FORMATS;
export const EDITOR_NAMES = Object.keys(EDITOR_FORMATS) as EditorFormat[];

/** The JSON Schema (draft 2020-12) of a format. */
export function editorSchema(name: EditorFormat): z.core.JSONSchema.BaseSchema {
  const { title, format } = EDITOR_FORMATS[name];
  const { $schema, ...schema } = z.toJSONSchema(format, {
    io: "input",
    unrepresentable: "any",
  });
  return { $schema, title, ...schema } as z.core.JSONSchema.BaseSchema;
}
