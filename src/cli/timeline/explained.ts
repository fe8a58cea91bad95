/** The host's explanation of a delivery (design D8), as the command reads it. @module */
import { z } from "zod";
import { eventModel } from "../../spec/models.ts";
import { sequenceState } from "../../spec/sequence_models.ts";
import { type Client, part } from "../client.ts";
import { reasonModel } from "../stream.ts";

const explanation = z.looseObject({
  /** Id of the triggered event of the sequence or task that is explained. */
  id: z.string(),
  kind: z.enum(["waiting", "skipped", "refused", "ended"]),
  stage: z.string(),
  sequence: z.string(),
  task: z.string(),
  reason: reasonModel,
});
export type Explanation = z.infer<typeof explanation>;

const explainedModel = z.looseObject({
  state: sequenceState,
  events: z.array(
    z.looseObject({
      id: z.string(),
      origin: z.string(),
      reason: reasonModel.optional(),
      why: z.array(z.string()).optional(),
      event: eventModel,
    }),
  ),
  reasons: z.array(explanation),
  refreshAt: z.string().optional(),
});
export type ExplainedSequence = z.infer<typeof explainedModel>;

/** @throws {KeptnError} ERR_NOT_FOUND while the host does not know the context */
export function readExplained(
  client: Client,
  project: string,
  keptnContext: string,
): Promise<ExplainedSequence> {
  const path = `/periplus/v1/sequence/${part(project)}/${part(keptnContext)}`;
  return client.get(path, explainedModel);
}
