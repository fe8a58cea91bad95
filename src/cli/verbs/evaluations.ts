/** `get evaluation`. @module */
import { taskType } from "../../spec/event_type.ts";
import { at, textAt } from "../../spec/json.ts";
import type { EventModel } from "../../spec/models.ts";
import { KeptnError } from "../../spec/errors.ts";
import { sliTable } from "../../spec/sli_table.ts";
import { hostCommand } from "../command.ts";
import { text } from "../flags.ts";
import { OUTPUT, show } from "../output.ts";
import { readEvaluation } from "../timeline/evaluation.ts";
import { shortTime } from "../times.ts";
import { readEvents } from "./events.ts";

export const getEvaluation = hostCommand({
  args: "[CONTEXT]",
  summary: "evaluations, newest first; those of one delivery with their SLI tables",
  flags: {
    project: text("project (default: the one of the context)", { short: "p", value: "NAME" }),
    stage: text("only this stage", { short: "s", value: "NAME" }),
    service: text("only this service", { value: "NAME" }),
    "keptn-context": text("only this delivery", { short: "c", value: "ID" }),
    ...OUTPUT,
  },
  examples: [
    "periplus get evaluation CONTEXT",
    "periplus get evaluations --project=sockshop --stage=staging --service=carts",
  ],
  async run({ args, flags, io, host }) {
    const { project, stage, service } = flags;
    const keptnContext = args[0] ?? flags["keptn-context"];
    if (!keptnContext && !project) {
      throw new KeptnError("ERR_USAGE", "get evaluation needs CONTEXT or --project NAME");
    }
    const type = taskType("evaluation", "finished");
    const query = { type, project, stage, service, keptnContext };
    const events = await readEvents(host.client, query);
    if (keptnContext && (flags.output ?? "table") === "table" && !host.quiet) {
      if (events.length === 0) io.err.write(`no evaluation in ${keptnContext} yet\n`);
      for (const event of events.toReversed()) io.out.write(tableFor(event));
      return 0;
    }
    show(
      io,
      { ...flags, quiet: host.quiet },
      {
        data: events,
        names: events.map(({ id }) => id ?? ""),
        columns: ["TIME", "STAGE", "SERVICE", "RESULT", "SCORE", "CONTEXT"],
        rows: events.map(({ time, data, shkeptncontext }) => [
          shortTime(time),
          textAt(data, "stage") ?? "",
          textAt(data, "service") ?? "",
          textAt(data, "result") ?? "",
          String(at(data, "evaluation", "score") ?? ""),
          shkeptncontext ?? "",
        ]),
      },
    );
    return 0;
  },
});

function tableFor({ data }: EventModel): string {
  const place = ["project", "stage", "service"].map((field) => textAt(data, field)).join("/");
  const message = textAt(data, "message");
  const evaluation = readEvaluation(at(data, "evaluation"));
  const table = evaluation ? sliTable(evaluation).join("\n") : "";
  return `${place}${message ? `: ${message}` : ""}\n${table}\n`;
}
