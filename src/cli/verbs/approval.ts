/** Approvals: what waits for a person, and the answers. @module */
import { taskType } from "../../spec/event_type.ts";
import { at, textAt } from "../../spec/json.ts";
import { type EventModel, triggeredEvents } from "../../spec/models.ts";
import { KeptnError } from "../../spec/errors.ts";
import { allPages, type Client } from "../client.ts";
import { type Command, hostCommand } from "../command.ts";
import { text } from "../flags.ts";
import { OUTPUT, show, tableOf } from "../output.ts";
import { shortTime } from "../times.ts";
import { postEvent } from "./send.ts";

const SCOPE = {
  project: text("only this project", { short: "p", value: "NAME" }),
  stage: text("only this stage", { short: "s", value: "NAME" }),
  service: text("only this service", { value: "NAME" }),
};
const TRIGGERED = taskType("approval", "triggered");
const COLUMNS = ["CONTEXT", "PROJECT", "STAGE", "SERVICE", "IMAGE", "EVALUATION", "SINCE"];

export const getApprovals = hostCommand({
  summary: "deliveries that wait for an approval",
  flags: { ...SCOPE, ...OUTPUT },
  examples: ["periplus get approvals --project=sockshop"],
  async run({ flags, io, host }) {
    const approvals = await openApprovals(host.client, flags);
    show(
      io,
      { ...flags, quiet: host.quiet },
      {
        data: approvals,
        names: approvals.map(({ id }) => id ?? ""),
        columns: COLUMNS,
        rows: approvals.map(rowOf),
      },
    );
    return 0;
  },
});

export const approve = answerCommand("approve", "pass", "let a delivery go on");
export const decline = answerCommand("decline", "fail", "refuse a delivery");

function answerCommand(verb: string, result: "pass" | "fail", summary: string): Command {
  return hostCommand({
    args: "[CONTEXT]",
    summary: `${summary}; without CONTEXT the one that waits`,
    flags: {
      ...SCOPE,
      "keptn-context": text("context of the delivery", { short: "c", value: "ID" }),
      message: text("why", { short: "m", value: "TEXT" }),
    },
    examples: [`periplus ${verb}`, `periplus ${verb} ID --message "looked at it"`],
    async run({ args, flags, io, host }) {
      const context = args[0] ?? flags["keptn-context"];
      const open = (await openApprovals(host.client, flags)).filter(
        ({ shkeptncontext, id }) => !context || shkeptncontext === context || id === context,
      );
      const approval = onlyOne(open, verb, context);
      await answerApproval(host.client, approval, result, flags.message);
      const place = ["stage", "service"].map((field) => textAt(approval.data, field)).join("/");
      io.err.write(`${result === "pass" ? "Approved" : "Declined"} ${place}\n`);
      if (host.quiet) io.out.write(`${approval.id}\n`);
      return 0;
    },
  });
}

function onlyOne(
  open: readonly EventModel[],
  verb: string,
  context: string | undefined,
): EventModel {
  const [first, ...others] = open;
  if (first && others.length === 0) return first;
  if (!first) {
    const place = context ? ` in ${context}` : "";
    throw new KeptnError("ERR_NOT_FOUND", `no approval waits${place}: see periplus get approvals`);
  }
  const rows = tableOf(COLUMNS, open.map(rowOf), "  ");
  throw new KeptnError(
    "ERR_USAGE",
    `${open.length} approvals wait: name one, periplus ${verb} CONTEXT\n${rows}`,
  );
}

export async function openApprovals(
  client: Client,
  scope: {
    readonly project?: string | undefined;
    readonly stage?: string | undefined;
    readonly service?: string | undefined;
  },
): Promise<EventModel[]> {
  const { project, stage, service } = scope;
  const pages = await allPages((nextPageKey) =>
    client.get(`/controlPlane/v1/event/triggered/${TRIGGERED}`, triggeredEvents, {
      project,
      stage,
      service,
      pageSize: 50,
      nextPageKey,
    }),
  );
  return pages.flatMap(({ events }) => events);
}

/**
 * Sends `approval.finished`, with the labels of the question.
 *
 * @throws {KeptnError} ERR_EVENT_INVALID when it was answered meanwhile
 */
export async function answerApproval(
  client: Client,
  approval: EventModel,
  result: "pass" | "fail",
  message = result === "pass" ? "approved" : "declined",
): Promise<void> {
  const labels = at(approval.data, "labels");
  const { refused } = await postEvent(client, {
    type: taskType("approval", "finished"),
    source: "periplus-cli",
    specversion: "1.0",
    shkeptncontext: approval.shkeptncontext,
    triggeredid: approval.id,
    ...(approval.gitcommitid ? { gitcommitid: approval.gitcommitid } : {}),
    data: {
      project: at(approval.data, "project"),
      stage: at(approval.data, "stage"),
      service: at(approval.data, "service"),
      ...(labels ? { labels } : {}),
      status: "succeeded",
      result,
      message,
    },
  });
  if (refused) {
    throw new KeptnError("ERR_EVENT_INVALID", `refused: ${refused.message} (${refused.rule})`);
  }
}

function rowOf({ data, shkeptncontext, time }: EventModel): string[] {
  return [
    shkeptncontext ?? "",
    textAt(data, "project") ?? "",
    textAt(data, "stage") ?? "",
    textAt(data, "service") ?? "",
    textAt(data, "configurationChange", "values", "image") ?? "",
    textAt(data, "evaluation", "result") ?? textAt(data, "result") ?? "",
    shortTime(time),
  ];
}
