/** `send event`. @module */
import type { z } from "zod";
import { parseEventFile } from "../../spec/event_file.ts";
import { isObject, textAt } from "../../spec/json.ts";
import { eventContext } from "../../spec/models.ts";
import { KeptnError } from "../../spec/errors.ts";
import type { Reason } from "../../spec/reason.ts";
import type { Client } from "../client.ts";
import { hostCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { readText } from "../files.ts";
import { text, usage } from "../flags.ts";
import type { Io } from "../io.ts";
import { reasonModel } from "../stream.ts";
import { readYaml } from "../../spec/yaml.ts";
import { answerApproval } from "./approval.ts";
import { readEvents } from "./events.ts";
import { WAIT, waitFor } from "../wait.ts";

export const sendEvent = hostCommand({
  args: "[approval.finished]",
  summary: "send an event from a file (JSON or YAML)",
  flags: {
    file: text("file with the event", { short: "f", value: "FILE" }),
    project: text("for approval.finished: project", { value: "NAME" }),
    stage: text("for approval.finished: stage", { value: "NAME" }),
    service: text("for approval.finished: service", { value: "NAME", hidden: true }),
    id: text("for approval.finished: id of the approval.triggered event", { value: "ID" }),
    labels: text("Keptn's", { hidden: true }),
    ...WAIT,
  },
  examples: ["periplus send event --file=delivery.triggered.json"],
  async run({ args, flags, io, host }) {
    if (args[0] === "approval.finished") return approveById(host.client, flags);
    if (args[0] !== undefined) throw usage(`send event takes a file: --file ${args[0]}?`);
    if (!flags.file) throw usage("send event needs --file FILE");
    const source = await readText(flags.file, io);
    const read = parseEventFile(source);
    if (!read.ok) {
      // The host decides what it takes: only what is no event at all is refused here.
      const value = readYaml(source).value;
      const places = read.problems.map(
        ({ line, column, message }) => `${flags.file}:${line}:${column} ${message}`,
      );
      if (!isObject(value) || typeof value.type !== "string") {
        throw new KeptnError("ERR_EVENT_INVALID", places.join("\n"));
      }
      for (const place of places) io.err.write(`warning: ${place}\n`);
    }
    const event = readYaml(source).value;
    const { keptnContext, refused } = await postEvent(host.client, event);
    io.out.write(`${host.quiet ? "" : "ID of Keptn context: "}${keptnContext}\n`);
    if (refused) return saidRefused(io, refused);
    const project = textAt(event, "data", "project") ?? "";
    return waitFor({ host, io, project, keptnContext }, flags);
  },
});

const postedModel = eventContext.extend({ refused: reasonModel.optional() });
/** The context of an event, and why it starts nothing where the host knew that at once. */
export type PostedEvent = z.infer<typeof postedModel>;

/** Sends an event; a refusal is part of the answer, as the event is kept all the same. */
export function postEvent(client: Client, event: unknown): Promise<PostedEvent> {
  return client.post("/v1/event", event, postedModel);
}

/** Says why an event starts nothing; the exit code of that. */
export function saidRefused(io: Io, { message, rule }: Reason): number {
  io.err.write(`periplus: refused: ${message} (${rule})\n`);
  return EXIT.error;
}

/** Keptn's way to approve from a script: the id names the question. */
async function approveById(
  client: Client,
  flags: {
    readonly project: string | undefined;
    readonly stage: string | undefined;
    readonly id: string | undefined;
  },
): Promise<number> {
  const { project, stage, id } = flags;
  if (!project || !stage || !id) {
    throw usage(
      "send event approval.finished needs --project, --stage and --id; or use periplus approve",
    );
  }
  const [approval] = await readEvents(client, { project, stage, eventID: id });
  if (!approval)
    throw new KeptnError("ERR_NOT_FOUND", `no event ${id} in stage ${stage} of ${project}`);
  await answerApproval(client, approval, "pass");
  return 0;
}
