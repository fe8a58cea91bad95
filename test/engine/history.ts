/** Generated histories: what people, executors and time may do to a host, and how to play it. @module */
import fc from "fast-check";
import type {
  Controller,
  ControlCommand,
  LogEntry,
} from "../../src/host/engine/controller_types.ts";
import type { KeptnEvent } from "../../src/spec/event.ts";
import { textAt } from "../../src/spec/json.ts";
import type { VirtualClock } from "../conformance/clock.ts";
import { PROJECT } from "../conformance/world.ts";

export type Action =
  | {
      readonly do: "trigger";
      readonly context: string;
      readonly sequence: string;
      readonly service: string;
    }
  | {
      readonly do: "answer";
      readonly which: number;
      readonly kind: "started" | "finished";
      readonly result: string;
      readonly status: string;
    }
  | { readonly do: "run"; readonly which: number; readonly result: string }
  | { readonly do: "advance"; readonly seconds: number }
  | {
      readonly do: "control";
      readonly context: string;
      readonly command: ControlCommand;
      readonly stage?: string;
    }
  | { readonly do: "again"; readonly which: number };

/** Three stages that follow each other, an approval, a delayed task, a way back. */
export const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.3
kind: Shipyard
metadata: { name: generated }
spec:
  stages:
    - name: dev
      sequences:
        - name: delivery
          tasks: [{ name: deployment }, { name: test, triggeredAfter: 30s }]
        - name: check
          tasks: [{ name: test }]
    - name: prod
      sequences:
        - name: delivery
          triggeredOn: [{ event: dev.delivery.finished }]
          tasks: [{ name: approval }, { name: deployment }]
        - name: rollback
          triggeredOn: [{ event: prod.delivery.finished, selector: { match: { result: fail } } }]
          tasks: [{ name: rollback }]
    - name: mirror
      sequences:
        - name: delivery
          triggeredOn: [{ event: dev.delivery.finished }]
          tasks: [{ name: deployment }]
`;
export const STAGES = ["dev", "prod", "mirror"];
const SEQUENCES = ["dev.delivery", "dev.delivery", "dev.check", "prod.delivery", "dev.nothing"];

export function actions(
  contexts: readonly string[],
  services: readonly string[],
): fc.Arbitrary<Action> {
  const context = fc.constantFrom(...contexts);
  const which = fc.nat(8);
  const result = fc.constantFrom("pass", "pass", "pass", "warning", "fail");
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("trigger" as const),
        context,
        sequence: fc.constantFrom(...SEQUENCES),
        service: fc.constantFrom(...services),
      }),
    },
    { weight: 10, arbitrary: fc.record({ do: fc.constant("run" as const), which, result }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("answer" as const),
        which,
        kind: fc.constantFrom("started" as const, "finished" as const),
        result,
        status: fc.constantFrom("succeeded", "succeeded", "errored", "aborted"),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("advance" as const),
        seconds: fc.constantFrom(1, 29, 30, 31, 600, 601),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record(
        {
          do: fc.constant("control" as const),
          context,
          command: fc.constantFrom(
            "pause" as const,
            "resume" as const,
            "resume" as const,
            "abort" as const,
          ),
          stage: fc.constantFrom(...STAGES),
        },
        { requiredKeys: ["do", "context", "command"] },
      ),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("again" as const), which }) },
  );
}

/** Plays actions against one or several controllers of one store, taking turns. */
export class Player {
  readonly log: LogEntry[] = [];
  private readonly controllers: readonly Controller[];
  private readonly clock: VirtualClock;
  private readonly sent: KeptnEvent[] = [];
  private made = 0;
  private turn = 0;

  constructor(controllers: readonly Controller[], clock: VirtualClock) {
    this.controllers = controllers;
    this.clock = clock;
    for (const controller of controllers)
      controller.subscribe((entries) => this.log.push(...entries));
  }

  /** Starts an action; it has happened when {@link settled} resolves. */
  async play(action: Action): Promise<void> {
    switch (action.do) {
      case "trigger":
        return this.deliver(this.trigger(action));
      case "run":
        return this.answerOpen(action.which, async (task) => {
          await this.deliver(this.answer(task, "started", "pass", "succeeded"));
          await this.deliver(this.answer(task, "finished", action.result, "succeeded"));
        });
      case "answer":
        return this.answerOpen(action.which, (task) =>
          this.deliver(this.answer(task, action.kind, action.result, action.status)),
        );
      case "advance":
        await this.settled();
        return this.clock.advanceTo(this.clock.now() + action.seconds * 1_000, () =>
          this.settled(),
        );
      case "control": {
        const { context, command, stage } = action;
        const control = { project: PROJECT, context, command, principal: "test" };
        return this.next().control(stage === undefined ? control : { ...control, stage });
      }
      case "again": {
        const event = this.sent[action.which % Math.max(this.sent.length, 1)];
        return event && this.deliver(event);
      }
    }
  }

  async settled(): Promise<void> {
    for (const controller of this.controllers) await controller.settled();
  }

  private next(): Controller {
    return this.controllers[this.turn++ % this.controllers.length]!;
  }

  private async deliver(event: KeptnEvent): Promise<void> {
    this.sent.push(event);
    await this.next().accept(event, { via: "bus", principal: "test" });
  }

  /** One of the tasks that were sent, the newest with index 0; those long over are answered too. */
  private async answerOpen(
    which: number,
    work: (task: KeptnEvent) => Promise<void>,
  ): Promise<void> {
    const tasks = this.log.filter(
      ({ origin, event }) => origin === "emitted" && event.type.split(".").length === 5,
    );
    const task = tasks.at(-1 - (which % Math.max(tasks.length, 1)));
    if (task) await work(task.event);
  }

  private trigger({ context, sequence, service }: Action & { do: "trigger" }): KeptnEvent {
    const [stage = ""] = sequence.split(".");
    const data = { project: PROJECT, stage, service };
    return this.event(`sh.keptn.event.${sequence}.triggered`, context, data);
  }

  private answer(task: KeptnEvent, kind: string, result: string, status: string): KeptnEvent {
    const scope = {
      project: PROJECT,
      stage: textAt(task.data, "stage")!,
      service: textAt(task.data, "service")!,
    };
    const type = task.type.replace(/triggered$/, kind);
    const data = kind === "finished" ? { ...scope, result, status, by: { n: this.made } } : scope;
    return { ...this.event(type, task.shkeptncontext, data), triggeredid: task.id };
  }

  private event(type: string, context: string, data: KeptnEvent["data"]): KeptnEvent {
    return {
      id: `event-${this.made++}`,
      type,
      source: "test",
      specversion: "1.0",
      time: new Date(this.clock.now()).toISOString(),
      shkeptncontext: context,
      data,
    };
  }
}
