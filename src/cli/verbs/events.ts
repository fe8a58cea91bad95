/** `get event`. @module */
import { EVENT_PREFIX, taskType } from "../../spec/event_type.ts";
import { textAt } from "../../spec/json.ts";
import { type EventModel, eventsModel } from "../../spec/models.ts";
import type { Client } from "../client.ts";
import { hostCommand } from "../command.ts";
import { count, text } from "../flags.ts";
import { OUTPUT, show } from "../output.ts";
import { openApprovals } from "./approval.ts";
import { shortTime } from "../times.ts";

export const getEvent = hostCommand({
  args: "[TYPE]",
  summary: "events, newest first",
  flags: {
    project: text("project (default: the one of the context)", { short: "p", value: "NAME" }),
    stage: text("only this stage", { value: "NAME" }),
    service: text("only this service", { value: "NAME" }),
    "keptn-context": text("only this context", { short: "c", value: "ID" }),
    "page-size": count("events a page (default: 20)", 1, 100),
    "num-of-pages": count("pages at most (default: 1)"),
    ...OUTPUT,
  },
  examples: [
    "periplus get event evaluation.finished --project=sockshop --stage=staging",
    "periplus get events --keptn-context=ID -o json",
  ],
  async run({ args, flags, io, host }) {
    const type = args[0] && fullType(args[0]);
    // Keptn's command answered this one with the approvals that are still open.
    const isOpen = type === taskType("approval", "triggered") && !flags["keptn-context"];
    const events = isOpen
      ? await openApprovals(host.client, flags)
      : await readEvents(host.client, {
          type,
          project: flags.project,
          stage: flags.stage,
          service: flags.service,
          keptnContext: flags["keptn-context"],
          pageSize: flags["page-size"] ?? 20,
          pages: flags["num-of-pages"] ?? 1,
        });
    show(io, { ...flags, quiet: host.quiet }, listingOf(events));
    return 0;
  },
});

export interface EventQuery {
  readonly type?: string | undefined;
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
  readonly service?: string | undefined;
  readonly keptnContext?: string | undefined;
  readonly eventID?: string | undefined;
  readonly pageSize?: number;
  readonly pages?: number;
}

/** Events from the datastore, newest first. */
export async function readEvents(
  client: Client,
  { pages = 1, pageSize = 100, ...query }: EventQuery,
): Promise<EventModel[]> {
  const found: EventModel[] = [];
  let nextPageKey: string | undefined;
  for (let page = 0; page < pages; page++) {
    const answer = await client.get("/mongodb-datastore/event", eventsModel, {
      ...query,
      pageSize,
      nextPageKey,
    });
    found.push(...answer.events);
    nextPageKey = answer.nextPageKey;
    if (!nextPageKey || nextPageKey === "0") break;
  }
  return found;
}

/** `evaluation.finished` → `sh.keptn.event.evaluation.finished` */
export function fullType(type: string): string {
  return type.startsWith("sh.keptn.") ? type : EVENT_PREFIX + type;
}

function listingOf(events: readonly EventModel[]) {
  return {
    data: events,
    names: events.map(({ id }) => id ?? ""),
    columns: ["TIME", "TYPE", "STAGE", "SERVICE", "RESULT", "SOURCE", "CONTEXT"],
    rows: events.map(({ time, type, data, source, shkeptncontext }) => [
      shortTime(time),
      type.replace(EVENT_PREFIX, ""),
      textAt(data, "stage") ?? "",
      textAt(data, "service") ?? "",
      textAt(data, "result") ?? "",
      source ?? "",
      shkeptncontext ?? "",
    ]),
  };
}
