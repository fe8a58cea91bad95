/** Why something waits right now: sentences about the present, made when somebody asks (design D8). @module */
import { taskType } from "../../spec/event_type.ts";
import type { Reason } from "../../spec/reason.ts";
import type { Integration } from "../tables/integration_table.ts";
import type { Execution, Slot, SlotMember } from "../tables/state.ts";

/** A sent task without an answer is explained after this many milliseconds. */
export const SILENCE_MS = 5_000;

/** Who would hear a triggered event. */
export interface Audience {
  readonly plugins: readonly string[];
  /** Names of integrations with a matching subscription. */
  readonly integrations: readonly string[];
  /** All integrations, each with the events that it subscribed to. */
  readonly registered: readonly { readonly name: string; readonly events: readonly string[] }[];
}

/** What an explanation looks at besides the execution. */
export interface Surroundings {
  readonly now: number;
  /** Members of the execution's slot, in order of arrival. */
  readonly members: readonly SlotMember[];
  /** The command that paused it. */
  readonly pausedBy: Reason;
  audience(type: string, slot: Slot): Audience;
}

const MOST_NAMED = 8;

/** What an execution waits for; null when it is over. */
export function waitingReason(execution: Execution, around: Surroundings): Reason | null {
  const { current, state, phase } = execution;
  if (phase === "over") return null;
  if (state === "paused") return around.pausedBy;
  if (phase === "queued") return queued(execution, around.members);
  if (phase === "held") return held(execution, around.members);
  if (!current) return null;
  if (current.sent === undefined) return delayed(current.name, current.planned);
  if (current.answers.length === 0 && !current.seen) {
    const type = taskType(current.name, "triggered");
    return unanswered(type, execution, around.now - current.sent, around.audience(type, execution));
  }
  return unfinished(execution);
}

/** The next instant at which time alone changes the explanation; null when there is none. */
export function changesAt(execution: Execution, now: number): number | null {
  const { current } = execution;
  if (!current) return null;
  if (current.sent === undefined) return current.planned > now ? current.planned : null;
  const silent = current.answers.length === 0 && !current.seen;
  return silent && current.sent + SILENCE_MS > now ? current.sent + SILENCE_MS : null;
}

/** Why a triggered event has no answer yet. */
export function unanswered(type: string, slot: Slot, age: number, audience: Audience): Reason {
  const listening = [
    ...audience.plugins.map((name) => `plugin ${name}`),
    ...audience.integrations.map((name) => `integration ${name}`),
  ];
  if (listening.length > 0 || age < SILENCE_MS) {
    const whom = listening.length > 0 ? `: ${listening.join(", ")} should answer` : "";
    return {
      rule: "waiting-for-started",
      message: `waits for the first answer to ${type}${whom}`,
      values: { type, plugins: [...audience.plugins], integrations: [...audience.integrations] },
    };
  }
  const there = audience.registered.map(({ name, events }) => {
    return `${name} (${events.map(shortType).join(", ") || "no subscriptions"})`;
  });
  return {
    rule: "nobody-subscribed",
    message: `nobody is subscribed to ${type} in stage ${slot.stage} for service ${slot.service}: a plugin that answers it, or an integration that subscribes to it, is missing; integrations: ${some(there)}`,
    values: {
      type,
      stage: slot.stage,
      service: slot.service,
      integrations: audience.registered.map(({ name }) => name),
    },
  };
}

/** Integrations and plugins that would hear a type in a place. */
export function audienceOf(
  type: string,
  slot: Slot,
  integrations: readonly Integration[],
  plugins: readonly string[],
): Audience {
  return {
    plugins,
    integrations: integrations
      .filter(({ subscriptions }) => subscriptions.some((one) => hears(one, type, slot)))
      .map(({ name }) => name),
    registered: integrations.map(({ name, subscriptions }) => ({
      name,
      events: subscriptions.map(({ event }) => event),
    })),
  };
}

/** Subjects as NATS matches them: `*` is one part, `>` all that follow. */
export function matchesSubject(pattern: string, type: string): boolean {
  const wanted = pattern.split(".");
  const given = type.split(".");
  for (const [index, part] of wanted.entries()) {
    if (part === ">") return given.length > index;
    if (given[index] === undefined || (part !== "*" && part !== given[index])) return false;
  }
  return wanted.length === given.length;
}

function hears(
  { event, filter }: Integration["subscriptions"][number],
  type: string,
  { project, stage, service }: Slot,
): boolean {
  const any = (list: readonly string[], name: string): boolean =>
    list.length === 0 || list.includes(name);
  return (
    matchesSubject(event, type) &&
    any(filter.projects, project) &&
    any(filter.stages, stage) &&
    any(filter.services, service)
  );
}

function queued(execution: Execution, members: readonly SlotMember[]): Reason {
  const holder = members.find(({ phase }) => phase === "holding");
  const before = members.filter(
    ({ phase, place }) => phase === "queued" && place < execution.place,
  );
  const blocking = holder ?? before[0];
  const behind = before.length > 0 ? `, ${before.length} waiting before it` : "";
  return {
    rule: "slot-held",
    message: `waits for its turn: context ${blocking?.context ?? "?"} holds ${slotName(execution)}${behind}`,
    events: blocking ? [blocking.id] : [],
    values: { stage: execution.stage, service: execution.service, position: before.length + 1 },
  };
}

function held(execution: Execution, members: readonly SlotMember[]): Reason {
  const holder = members.find(({ phase }) => phase === "holding");
  const task = execution.current?.name ?? "";
  return {
    rule: "task-held",
    message: `task ${task} is held back: context ${holder?.context ?? "?"} holds ${slotName(execution)}`,
    events: holder ? [holder.id] : [],
    values: { task, stage: execution.stage, service: execution.service },
  };
}

function delayed(task: string, planned: number): Reason {
  const due = new Date(planned).toISOString();
  return {
    rule: "task-delayed",
    message: `task ${task} is sent at ${due}, as its triggeredAfter says`,
    values: { task, due },
  };
}

function unfinished({ current, state, stage, service }: Execution): Reason {
  const task = current!.name;
  const started = current!.answers.filter(({ kind }) => kind === "started");
  const sources = [...new Set(started.map(({ source }) => source))];
  if (state === "waitingForApproval") {
    return {
      rule: "waiting-for-approval",
      message: `waits for somebody to approve or decline ${service} in ${stage}`,
      events: [current!.id],
      values: { task, stage, service },
    };
  }
  const finished = current!.answers.length - started.length;
  return {
    rule: "waiting-for-finished",
    message: `task ${task} is being worked on by ${sources.join(", ") || "an executor that did not say started"}: ${finished} of ${started.length} finished`,
    events: [current!.id],
    values: { task, sources, started: started.length, finished },
  };
}

function slotName({ stage, service }: Slot): string {
  return `service ${service} in stage ${stage}`;
}

function shortType(type: string): string {
  return type.replace(/^sh\.keptn\.event\./, "");
}

function some(list: readonly string[]): string {
  if (list.length === 0) return "none is registered";
  const more = list.length > MOST_NAMED ? ` and ${list.length - MOST_NAMED} more` : "";
  return list.slice(0, MOST_NAMED).join(", ") + more;
}
