/** Runs one task's handler and makes its outcome durable. @module */
import type { Reason } from "../spec/reason.ts";
import type { KeptnEvent } from "../spec/event.ts";
import {
  type Activated,
  activate,
  type ActivationDeps,
  errored,
  type Version,
} from "./activation.ts";
import type { Outcome, Sender } from "./answer.ts";
import type { Live } from "./live.ts";
import type { PlatformPorts, Statement } from "./ports.ts";
import type { Handler } from "./sandbox/types.ts";
import { endTask, guardTask, suspendTask, type TaskRow } from "./task_tables.ts";
import { Voice } from "./voice.ts";
import { Waits } from "./waits.ts";

/** What the runner asks of the registry. */
export interface Versions {
  /** The version for a task: the pinned one, else the current one; a sentence when there is none. */
  pick(plugin: string, hash: string | undefined): Promise<Version | Reason>;
  /** Counts the tasks that run on a version, so that it stays until they end. */
  hold(version: Version): () => void;
}

export interface RunnerOptions extends ActivationDeps {
  readonly versions: Versions;
  /** The task is over. */
  readonly over: (live: Live) => void;
  /** The task waits: until an instant, or only for an event. */
  readonly suspended: (live: Live, due: number | null) => Promise<void>;
  /** Tells whether the write of this answer ends the task by itself. */
  readonly endsWith: (finished: KeptnEvent, task: TaskRow) => boolean;
  /** A limit ended a run of this plugin. */
  readonly killed: (plugin: string) => void;
}

/** What is left to do when the guest's machine is free again. */
export type Conclusion = () => Promise<void>;

export class Runner {
  private readonly options: RunnerOptions;
  private readonly ports: PlatformPorts;

  constructor(options: RunnerOptions) {
    this.options = options;
    this.ports = options.ports;
  }

  /** Runs the guest; resolves with the writes that conclude the run, so that the next guest need not wait. */
  async run(live: Live): Promise<Conclusion> {
    live.state = "running";
    const { task } = live;
    const event = live.event ?? (await this.eventOf(task));
    if (!event) return () => this.end(live, "event gone");
    live.event = event;
    const version = await this.options.versions.pick(task.plugin, task.hash);
    const source = "rule" in version ? `${task.plugin}-service` : sourceOf(version);
    const sender: Sender = { source, clock: this.ports.clock, ids: this.ports.ids };
    const started = task.epoch > 1 && (await this.wasStarted(task, event, source));
    const voice = new Voice(this.ports, task, event, sender, started);
    if ("rule" in version) {
      return () => this.conclude(live, voice, errored(version.message, version));
    }
    const release = this.options.versions.hold(version);
    live.version = version;
    const activated = await this.activate(live, version, handlerOf(task), voice, sender);
    return async () => {
      try {
        if (wantsCancel(live, activated, version)) await this.cancel(live, version, voice, sender);
        await this.conclude(live, voice, activated);
      } finally {
        delete live.version;
        release();
      }
    };
  }

  /** Ends a task without an answer. */
  async end(live: Live, outcome: string): Promise<void> {
    live.state = "ending";
    const { task } = live;
    const now = this.ports.clock.now();
    await this.options.writer.write([guardTask(task), endTask(task, outcome, now)]);
    this.options.over(live);
  }

  private async activate(
    live: Live,
    version: Version,
    handler: Handler,
    voice: Voice,
    sender: Sender,
  ): Promise<Activated> {
    const { task, waits, event } = live;
    try {
      return await activate(this.options, {
        task,
        event: event!,
        version,
        handler,
        waits,
        voice,
        sender,
      });
    } catch (error) {
      return errored(error instanceof Error ? error.message : String(error));
    }
  }

  /** The cancel handler gets waits of its own: those of the run are over. */
  private async cancel(live: Live, version: Version, voice: Voice, sender: Sender): Promise<void> {
    live.waits = new Waits(this.ports.clock, () => undefined);
    const handler: Handler = { kind: "cancel", task: live.task.name };
    await this.activate(live, version, handler, voice, sender);
  }

  private async conclude(live: Live, voice: Voice, activated: Activated): Promise<void> {
    const { step, pinned } = activated;
    if (pinned !== undefined) live.task = { ...live.task, hash: pinned };
    const { task } = live;
    if (activated.killed) this.options.killed(task.plugin);
    if (step.kind === "suspended") return this.suspend(live, voice, step.journal);
    if (live.cancelled !== undefined || step.kind === "cancelled")
      return this.end(live, "cancelled");
    if (step.kind === "ignored") return this.end(live, "ignored");
    live.state = "ending";
    if (step.kind === "left-open") return this.leave(live, voice, step.message);
    if (task.kind === "task") return this.finish(live, voice, step.outcome);
    if (step.outcome.status === "errored") this.complain(live, step.outcome.message ?? "failed");
    return this.end(live, "done");
  }

  private async leave(live: Live, voice: Voice, message: string | undefined): Promise<void> {
    const now = this.ports.clock.now();
    const along = [guardTask(live.task), endTask(live.task, "left open", now)];
    if (!(await voice.leave(message, along))) await this.options.writer.write(along);
    this.options.over(live);
  }

  private async finish(live: Live, voice: Voice, outcome: Outcome): Promise<void> {
    const { task } = live;
    const failed = outcome.status === "errored";
    const message = outcome.message ?? "failed";
    if (failed) this.complain(live, message);
    await voice.finish(outcome, (finished) => {
      if (!failed && task.hash === undefined && this.options.endsWith(finished, task)) return [];
      return [
        guardTask(task),
        endTask(task, failed ? `errored: ${message}` : outcome.result, this.ports.clock.now()),
        ...(failed ? this.errorLog(live, message) : []),
      ];
    });
    this.options.over(live);
  }

  private async suspend(live: Live, voice: Voice, journal: readonly Statement[]): Promise<void> {
    await voice.start();
    const { due, keys } = live.waits.until;
    const row = suspendTask(live.task, due, JSON.stringify(keys));
    await this.options.writer.write([...journal, row]);
    live.state = "waiting";
    delete live.event;
    await this.options.suspended(live, due);
  }

  private async eventOf(task: TaskRow): Promise<KeptnEvent | null> {
    if (task.body !== undefined) return JSON.parse(task.body) as KeptnEvent;
    return this.ports.events.byId(task.event);
  }

  private async wasStarted(task: TaskRow, event: KeptnEvent, source: string): Promise<boolean> {
    const answers = await this.ports.events.answers(task.event, event.shkeptncontext);
    return answers.some((one) => one.source === source && one.type.endsWith(".started"));
  }

  private complain({ task }: Live, message: string): void {
    const { plugin, name, context } = task;
    this.ports.log("error", message, { plugin, task: name, context });
  }

  private errorLog({ task, event }: Live, message: string): readonly Statement[] {
    return this.ports.errorLog({
      integration: task.plugin,
      message,
      context: task.context,
      task: task.name,
      triggeredid: task.event,
      gitcommitid: event?.gitcommitid ?? "",
      at: this.ports.clock.now(),
    });
  }
}

/** `source` of a plugin's events. */
export function sourceOf(version: Version): string {
  const { source, name } = version.loaded.manifest;
  return source ?? `${name}-service`;
}

function handlerOf({ kind, name }: TaskRow): Handler {
  return kind === "task" ? { kind: "task", task: name } : { kind: "on", type: name };
}

function wantsCancel(live: Live, { step }: Activated, version: Version): boolean {
  if (step.kind === "suspended") return false;
  const cancelled = live.cancelled !== undefined || step.kind === "cancelled";
  const { kind, name } = live.task;
  return cancelled && kind === "task" && (version.loaded.manifest.tasks[name]?.cancels ?? false);
}
