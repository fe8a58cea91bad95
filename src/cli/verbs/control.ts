/** `pause`, `resume`, `abort sequence`. @module */
import { z } from "zod";
import { KeptnError } from "../../spec/errors.ts";
import { sequenceControl } from "../../spec/sequence_models.ts";
import { part } from "../client.ts";
import { hostCommand } from "../command.ts";
import { needed, text } from "../flags.ts";
import { statesOf } from "./sequences.ts";

function controlCommand(state: "pause" | "resume" | "abort", summary: string, done: string) {
  return hostCommand({
    summary,
    flags: {
      "keptn-context": needed("context of the delivery", { short: "c", value: "ID" }),
      project: needed("name of the project", { short: "p", value: "NAME" }),
      stage: text("only in this stage", { short: "s", value: "NAME" }),
    },
    examples: [`periplus ${state} sequence --project=sockshop --keptn-context=ID`],
    async run({ flags, io, host }) {
      const { project, stage, "keptn-context": context } = flags;
      // Keptn's API answers 200 for a context it never saw (Keptn: http-api.md 7.3).
      const known = await statesOf(host.client, project, { keptnContext: context });
      if (known.length === 0) {
        throw new KeptnError("ERR_CONTEXT_UNKNOWN", `no sequence ${context} in ${project}`);
      }
      const path = `/controlPlane/v1/sequence/${part(project)}/${part(context)}/control`;
      const body = sequenceControl.parse({ state, ...(stage ? { stage } : {}) });
      await host.client.post(path, body, z.unknown());
      io.err.write(`Sequence ${context} ${done}\n`);
      return 0;
    },
  });
}

export const pauseSequence = controlCommand(
  "pause",
  "hold the next task of a delivery back",
  "paused",
);
export const resumeSequence = controlCommand("resume", "let a paused delivery go on", "resumed");
export const abortSequence = controlCommand("abort", "end a delivery now", "aborted");
