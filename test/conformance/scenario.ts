/** Runs one executable scenario against the real engine and store. @module */
import type { Accepted, ControlCommand } from "../../src/host/engine/controller_types.ts";
import { type KeptnEvent } from "../../src/spec/event.ts";
import { textAt } from "../../src/spec/json.ts";
import type { Json, JsonObject } from "../../src/spec/json.ts";
import { stringify } from "yaml";
import type { Emitted } from "./emitted.ts";
import { BadScenario, isMap, onlyKeys, show } from "./match.ts";
import { compareOutcome } from "./outcome.ts";
import { EPOCH, openScenarioHost, PROJECT, type ScenarioHost } from "./world.ts";

export interface Scenario {
  readonly id: string;
  readonly given: unknown;
  readonly when: unknown;
  readonly then: unknown;
}

const TYPE = "sh.keptn.event.";

/** Lines that say what differs, step by step; none = passed. */
export async function runScenario(scenario: Scenario): Promise<string[]> {
  try {
    if (!isMap(scenario.then)) return ["the entry has no then"];
    const given = parseGiven(scenario.given, scenario.when);
    const host = await openScenarioHost(given);
    const run = new Run(host);
    try {
      return await run.all(scenario.when, scenario.then);
    } finally {
      await host.close();
    }
  } catch (error) {
    if (error instanceof BadScenario) return [error.message];
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}

class Run {
  private readonly host: ScenarioHost;
  private readonly emitted: Emitted[] = [];
  private readonly refused = new Set<string>();
  private readonly named = new Map<string, string>();
  private step = 0;
  private made = 0;

  constructor(host: ScenarioHost) {
    this.host = host;
    host.controller.subscribe((entries) => {
      for (const entry of entries) {
        if (entry.origin !== "emitted") continue;
        this.emitted.push({ entry, step: this.step, at: (entry.at - EPOCH) / 1_000 });
      }
    });
  }

  async all(when: unknown, then: Record<string, unknown>): Promise<string[]> {
    if (!Array.isArray(when)) throw new BadScenario("when is no list");
    for (const entry of when as unknown[]) {
      this.step++;
      if (!isMap(entry) || Object.keys(entry).length !== 1) {
        throw new BadScenario(`step ${this.step}: must have exactly one verb`);
      }
      const [verb, body] = Object.entries(entry)[0]!;
      const found = await this.one(verb, body);
      if (found.length > 0) return found.map((line) => `step ${this.step} ${verb}: ${line}`);
      await this.host.controller.settled();
    }
    return (await this.compare(then)).map((line) => `then: ${line}`);
  }

  private async one(verb: string, body: unknown): Promise<string[]> {
    switch (verb) {
      case "send":
        await this.send(map(body, verb));
        return [];
      case "started":
      case "finished":
        await this.answer(verb, map(body, verb));
        return [];
      case "run":
        await this.run(map(body, verb));
        return [];
      case "advance":
        if (typeof body !== "number") throw new BadScenario("advance: is no number");
        await this.host.clock.advanceTo(this.host.clock.now() + body * 1_000, () =>
          this.host.controller.settled(),
        );
        return [];
      case "control":
        await this.control(map(body, verb));
        return [];
      case "shipyard":
        await this.host.setShipyard(body === null ? null : stringify(body), stagesOf(body));
        return [];
      case "commits":
        await this.host.setCommits(commitsOf(body));
        return [];
      case "check":
        return this.compare(map(body, verb));
      default:
        throw new BadScenario(`unknown verb ${verb}`);
    }
  }

  private compare(expected: Record<string, unknown>): Promise<string[]> {
    const { emitted, refused } = this;
    const resolve = (reference: string, context: string): string =>
      this.resolve(reference, context);
    return compareOutcome(expected, this.host.store, { emitted, refused, resolve });
  }

  private async send(body: Record<string, unknown>): Promise<void> {
    onlyKeys(
      body,
      [
        "type",
        "ctx",
        "stage",
        "service",
        "project",
        "data",
        "triggeredid",
        "gitcommitid",
        "id",
        "source",
        "time",
        "as",
      ],
      "send",
    );
    const ctx = text(body.ctx) ?? "c1";
    const id = text(body.id) ?? `sent-${++this.made}`;
    const triggeredid = text(body.triggeredid);
    const data: JsonObject = {
      project: body.project === undefined ? PROJECT : (body.project as Json),
      ...(body.stage === undefined ? {} : { stage: body.stage as Json }),
      service: body.service === undefined ? "svc" : (body.service as Json),
      ...(isMap(body.data) ? (body.data as JsonObject) : {}),
    };
    await this.deliver({
      id: id.startsWith("@") ? this.resolve(id, ctx) : id,
      type: TYPE + (text(body.type) ?? ""),
      source: text(body.source) ?? "test",
      specversion: "1.0",
      shkeptncontext: ctx,
      ...this.timeOf(body.time),
      ...(triggeredid === undefined ? {} : { triggeredid: this.resolve(triggeredid, ctx) }),
      ...(text(body.gitcommitid) === undefined ? {} : { gitcommitid: text(body.gitcommitid)! }),
      data,
    });
    const name = text(body.as);
    if (name) this.named.set(name, id);
  }

  private async run(body: Record<string, unknown>): Promise<void> {
    onlyKeys(body, ["task", "ctx", "stage", "source", "result", "status", "data"], "run");
    const { task, ctx, stage, source, ...finished } = body;
    const who = {
      task,
      ...(ctx ? { ctx } : {}),
      ...(stage ? { stage } : {}),
      ...(source ? { source } : {}),
    };
    const target = this.target(who);
    await this.answer("started", who, target);
    await this.host.controller.settled();
    await this.answer("finished", { ...who, ...finished }, target);
  }

  private async answer(
    kind: "started" | "finished",
    body: Record<string, unknown>,
    target = this.target(body),
  ): Promise<void> {
    onlyKeys(body, ["task", "ctx", "stage", "source", "result", "status", "data"], kind);
    const defaults = kind === "finished" ? { result: "pass", status: "succeeded" } : {};
    const fields: Record<string, unknown> = { ...defaults };
    for (const field of ["result", "status"])
      if (body[field] !== undefined) fields[field] = body[field];
    const given = Object.entries(fields).filter(([, value]) => value !== null);
    const scope = ["project", "stage", "service"].map((field) => [
      field,
      textAt(target.data, field)!,
    ]);
    await this.deliver({
      id: `answer-${++this.made}`,
      type: `${TYPE}${text(body.task)!}.${kind}`,
      source: text(body.source) ?? "test",
      specversion: "1.0",
      shkeptncontext: target.shkeptncontext,
      ...this.timeOf(undefined),
      triggeredid: target.id,
      data: {
        ...(Object.fromEntries([...scope, ...given]) as JsonObject),
        ...(isMap(body.data) ? (body.data as JsonObject) : {}),
      },
    });
  }

  /** The latest emitted triggered event of a task. */
  private target(body: Record<string, unknown>): KeptnEvent {
    const ctx = text(body.ctx) ?? "c1";
    const type = `${TYPE}${text(body.task) ?? ""}.triggered`;
    const found = this.emitted.findLast(
      ({ entry: { event } }) =>
        event.type === type &&
        event.shkeptncontext === ctx &&
        (body.stage === undefined || textAt(event.data, "stage") === body.stage),
    );
    if (!found)
      throw new BadScenario(`no ${type} was emitted in ${ctx} for the answer ${show(body)}`);
    return found.entry.event;
  }

  private async control(body: Record<string, unknown>): Promise<void> {
    onlyKeys(body, ["command", "ctx", "stage"], "control");
    const stage = text(body.stage);
    await this.host.controller.control({
      command: text(body.command) as ControlCommand,
      project: PROJECT,
      context: text(body.ctx) ?? "c1",
      ...(stage === undefined ? {} : { stage }),
      principal: "test",
    });
  }

  private async deliver(event: KeptnEvent): Promise<void> {
    const accepted: Accepted = await this.host.controller.accept(event, {
      via: "bus",
      principal: "test",
    });
    if (accepted.kind === "refused") this.refused.add(accepted.refused.rule);
    if (accepted.kind === "recorded" && accepted.refused) this.refused.add(accepted.refused.rule);
  }

  private timeOf(time: unknown): { time?: string } {
    if (time === "none") return {};
    const at = typeof time === "number" ? EPOCH + time * 1_000 : this.host.clock.now();
    return { time: new Date(at).toISOString() };
  }

  private resolve(reference: string, context: string): string {
    if (!reference.startsWith("@")) return reference;
    if (!reference.startsWith("@emitted:")) {
      const id = this.named.get(reference.slice(1));
      if (id === undefined) throw new BadScenario(`${reference} points at nothing`);
      return id;
    }
    const type = TYPE + reference.slice("@emitted:".length);
    const found = this.emitted.findLast(
      ({ entry: { event } }) => event.type === type && event.shkeptncontext === context,
    );
    if (!found) throw new BadScenario(`${reference} points at nothing in ${context}`);
    return found.entry.event.id;
  }
}

function parseGiven(given: unknown, when: unknown): Parameters<typeof openScenarioHost>[0] {
  const map = isMap(given) ? given : {};
  onlyKeys(map, ["shipyard", "commits", "config"], "given");
  const config = isMap(map.config) ? map.config : {};
  onlyKeys(config, ["taskStartedWait"], "given.config");
  const later = (Array.isArray(when) ? (when as unknown[]) : []).flatMap((step) =>
    isMap(step) ? stagesOf(step.shipyard) : [],
  );
  const sent = (Array.isArray(when) ? (when as unknown[]) : []).flatMap((step) =>
    isMap(step) && isMap(step.send) && typeof step.send.stage === "string" ? [step.send.stage] : [],
  );
  return {
    shipyard: map.shipyard === null || map.shipyard === undefined ? null : stringify(map.shipyard),
    commits: commitsOf(map.commits),
    stages: [...new Set([...stagesOf(map.shipyard), ...later, ...sent])],
    taskStartedWait: typeof config.taskStartedWait === "number" ? config.taskStartedWait : 600,
  };
}

function stagesOf(shipyard: unknown): string[] {
  const spec = isMap(shipyard) && isMap(shipyard.spec) ? shipyard.spec : {};
  const stages = Array.isArray(spec.stages) ? (spec.stages as unknown[]) : [];
  return stages.flatMap((stage) =>
    isMap(stage) && typeof stage.name === "string" ? [stage.name] : [],
  );
}

function commitsOf(commits: unknown): Map<string, string | null> {
  if (!isMap(commits)) return new Map();
  return new Map(
    Object.entries(commits).map(([stage, id]) => [stage, id === null ? null : String(id)]),
  );
}

function map(body: unknown, verb: string): Record<string, unknown> {
  if (!isMap(body)) throw new BadScenario(`${verb}: is no map`);
  return body;
}

function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}
