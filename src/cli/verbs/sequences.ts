/** `get sequence`. @module */
import { KeptnError } from "../../spec/errors.ts";
import { textAt } from "../../spec/json.ts";
import { sliTable } from "../../spec/sli_table.ts";
import { sequenceStates } from "../../spec/sequence_models.ts";
import { type Client, part } from "../client.ts";
import { hostCommand } from "../command.ts";
import { count, text } from "../flags.ts";
import { OUTPUT, painter, show } from "../output.ts";
import { readExplained } from "../timeline/explained.ts";
import { withExplanation } from "../timeline/fold.ts";
import { linesOf } from "../timeline/lines.ts";
import { emptyTimeline } from "../timeline/model.ts";
import { rowOf } from "../timeline/paint.ts";
import { shortTime } from "../times.ts";
import { evaluationsOf } from "../wait.ts";
import { readEvents } from "./events.ts";
import { listProjects } from "./projects.ts";

export const getSequence = hostCommand({
  args: "[CONTEXT]",
  summary: "deliveries, newest first; one with its tasks, reasons and SLI tables",
  flags: {
    project: text("only this project", { short: "p", value: "NAME" }),
    "keptn-context": text("only this delivery", { short: "c", value: "ID" }),
    name: text("only sequences of this name", { value: "NAME" }),
    state: text("only in this state", { value: "STATE" }),
    limit: count("how many (default: 20)"),
    ...OUTPUT,
  },
  examples: ["periplus get sequences --project=sockshop", "periplus get sequence CONTEXT"],
  async run({ args, flags, io, host }) {
    const keptnContext = args[0] ?? flags["keptn-context"];
    const projects = flags.project
      ? [flags.project]
      : (await listProjects(host.client)).map(({ projectName }) => projectName);
    const query = {
      keptnContext,
      name: flags.name,
      state: flags.state,
      pageSize: flags.limit ?? 20,
    };
    const pages = await Promise.all(
      projects.map((project) => statesOf(host.client, project, query)),
    );
    const states = pages.flat().toSorted((a, b) => (a.time < b.time ? 1 : -1));
    if (keptnContext) {
      const state = states[0] ?? (await stateOfLost(host.client, keptnContext, flags.project));
      if (!state) {
        const where = projects.join(", ") || "any project";
        throw new KeptnError("ERR_CONTEXT_UNKNOWN", `no sequence ${keptnContext} in ${where}`);
      }
      const explained = await readExplained(host.client, state.project, keptnContext);
      if (flags.output && flags.output !== "table") {
        const listing = { data: explained, names: [keptnContext], columns: [], rows: [] };
        show(io, { ...flags, quiet: host.quiet }, listing);
        return 0;
      }
      const timeline = withExplanation(emptyTimeline(keptnContext), explained);
      const { name, service, project, time } = state;
      io.out.write(
        `${name} of ${service} in ${project}: ${state.state}, since ${shortTime(time)}\n`,
      );
      for (const line of linesOf(timeline, Date.now())) {
        io.out.write(`${rowOf(line, painter(io, io.out), Infinity).trimEnd()}\n`);
      }
      for (const evaluation of evaluationsOf(timeline))
        io.out.write(`\n${sliTable(evaluation).join("\n")}\n`);
      return 0;
    }
    show(
      io,
      { ...flags, quiet: host.quiet },
      {
        data: states,
        names: states.map(({ shkeptncontext }) => shkeptncontext),
        columns: ["CONTEXT", "PROJECT", "NAME", "SERVICE", "STATE", "STAGES", "TIME"],
        rows: states.map((state) => [
          state.shkeptncontext,
          state.project,
          state.name,
          state.service,
          state.state,
          state.stages.map((stage) => `${stage.name} ${stage.state ?? ""}`.trim()).join(", "),
          shortTime(state.time),
        ]),
      },
    );
    return 0;
  },
});

/** Views of the sequences of a project that the query names. */
export async function statesOf(
  client: Client,
  project: string,
  query: Parameters<Client["get"]>[2],
) {
  const path = `/controlPlane/v1/sequence/${part(project)}`;
  return (await client.get(path, sequenceStates, query)).states;
}

/** The view of a delivery whose project is not listed: it never existed, or is gone. */
async function stateOfLost(client: Client, keptnContext: string, wanted: string | undefined) {
  if (wanted !== undefined) return undefined;
  const [event] = await readEvents(client, { keptnContext, pageSize: 1 });
  const project = textAt(event?.data, "project");
  return project ? (await statesOf(client, project, { keptnContext }))[0] : undefined;
}
