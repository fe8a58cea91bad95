/** `logs`. @module */
import { EVENT_PREFIX } from "../../spec/event_type.ts";
import { textAt } from "../../spec/json.ts";
import type { EventModel } from "../../spec/models.ts";
import { logsModel } from "../../spec/uniform.ts";
import type { Client } from "../client.ts";
import { hostCommand } from "../command.ts";
import { text, toggle } from "../flags.ts";
import type { Io } from "../io.ts";
import { openStream } from "../stream.ts";
import { shortTime } from "../times.ts";
import { readEvents } from "./events.ts";

const MOST_PAGES = 50;

export const logs = hostCommand({
  args: "[CONTEXT]",
  summary: "events of a delivery or project with what tasks said; else errors of integrations",
  flags: {
    follow: toggle("go on as it happens", { short: "f" }),
    project: text("only this project", { short: "p", value: "NAME" }),
    stage: text("only this stage", { value: "NAME" }),
    service: text("only this service", { value: "NAME" }),
    "keptn-context": text("only this delivery", { short: "c", value: "ID" }),
    integration: text("errors of this integration", { value: "ID" }),
  },
  examples: ["periplus logs -f --project=sockshop", "periplus logs CONTEXT", "periplus logs"],
  async run({ args, flags, io, host }) {
    const { project, stage, service, follow } = flags;
    const keptnContext = args[0] ?? flags["keptn-context"];
    const scoped = keptnContext !== undefined || project !== undefined;
    if (!follow && !scoped) return integrationLogs(host.client, io, flags.integration);
    const scope = { project, stage, service };
    const stream = follow
      ? await openStream(host.client, { ...scope, context: keptnContext })
      : undefined;
    const query = { ...scope, keptnContext, pages: MOST_PAGES };
    const past = scoped ? await readEvents(host.client, query) : [];
    const seen = new Set(past.map(({ id }) => id));
    for (const event of past.toReversed()) io.out.write(lineOf(event));
    for await (const message of stream ?? []) {
      if (message.kind === "event" && !seen.has(message.event.id)) {
        io.out.write(lineOf(message.event));
      } else if (message.kind === "reason") {
        const { rule, message: sentence } = message.reason;
        io.out.write(`${" ".repeat(21)}${sentence} (${rule})\n`);
      }
    }
    return 0;
  },
});

/** What executors reported as errors, oldest first. */
async function integrationLogs(
  client: Client,
  io: Io,
  integrationId: string | undefined,
): Promise<number> {
  const { logs } = await client.get("/controlPlane/v1/log", logsModel, { integrationId });
  for (const { time, task, message } of logs.toReversed()) {
    io.out.write(`${shortTime(time ?? "")}  ${task || "-"}  ${message}\n`);
  }
  if (logs.length === 0) io.err.write("no integration reported an error\n");
  return 0;
}

/** `2026-01-31 12:00:00  staging/carts  evaluation.finished  fail  lighthouse: why` */
function lineOf({ time, type, source, data }: EventModel): string {
  const place = [textAt(data, "stage"), textAt(data, "service")].filter(Boolean).join("/");
  const said = [source, textAt(data, "message")].filter(Boolean).join(": ");
  const words = [place, type.replace(EVENT_PREFIX, ""), textAt(data, "result") ?? "", said];
  return `${[shortTime(time), ...words].filter(Boolean).join("  ")}\n`;
}
