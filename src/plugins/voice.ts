/** How a running task speaks to the log: started, progress, finished. @module */
import type { KeptnEvent } from "../spec/event.ts";
import type { JsonObject } from "../spec/json.ts";
import type { Reason } from "../spec/reason.ts";
import { finishedEvent, type Outcome, progressEvent, type Sender, startedEvent } from "./answer.ts";
import type { TaskVoice } from "./broker.ts";
import type { PlatformPorts, Statement } from "./ports.ts";
import type { TaskRow } from "./task_tables.ts";

const PROGRESS_EVERY = 1_000;

/** Speaks for one task; listeners to other events have no voice. */
export class Voice implements TaskVoice {
  private readonly ports: PlatformPorts;
  private readonly task: TaskRow;
  private readonly event: KeptnEvent;
  private readonly sender: Sender;
  private starting: Promise<void> | undefined;
  private spoke = -Infinity;
  private held: { message: string; data?: JsonObject } | undefined;

  constructor(
    ports: PlatformPorts,
    task: TaskRow,
    event: KeptnEvent,
    sender: Sender,
    started: boolean,
  ) {
    this.ports = ports;
    this.task = task;
    this.event = event;
    this.sender = sender;
    if (started || task.kind === "on") this.starting = Promise.resolve();
  }

  start(more: { message?: string; data?: JsonObject } = {}): Promise<void> {
    this.starting ??= this.send(
      startedEvent(this.sender, this.event, this.task.name, more),
      "started",
    );
    return this.starting;
  }

  /** The latest progress is sent at once, or with the next word when the last one is too fresh. */
  async progress(message: string, data?: JsonObject): Promise<void> {
    if (this.task.kind === "on") return;
    const now = this.ports.clock.now();
    this.held = { message, ...(data ? { data } : {}) };
    if (now - this.spoke < PROGRESS_EVERY) return;
    this.spoke = now;
    await this.start();
    await this.sendHeld();
  }

  /**
   * Sends `.finished` with statements of the same write, and `.started` before it if need be: both
   * go out together and share a commit.
   */
  async finish(
    outcome: Outcome,
    along: (finished: KeptnEvent) => readonly Statement[],
  ): Promise<void> {
    const started = this.start();
    if (this.held) await this.sendHeld();
    const event = finishedEvent(this.sender, this.event, this.task.name, outcome);
    await Promise.all([started, this.send(event, "finished", along(event), outcome.reason)]);
  }

  /** Leaves the task to somebody else: started, and no more. */
  async leave(message: string | undefined, along: readonly Statement[]): Promise<boolean> {
    if (this.starting) return false;
    const more = message === undefined ? {} : { message };
    const event = startedEvent(this.sender, this.event, this.task.name, more);
    this.starting = this.send(event, "started", along);
    await this.starting;
    return true;
  }

  private async sendHeld(): Promise<void> {
    const held = this.held;
    this.held = undefined;
    if (!held) return;
    const event = progressEvent(this.sender, this.event, this.task.name, held);
    await this.send(event, `progress/${event.id}`);
  }

  private send(
    event: KeptnEvent,
    word: string,
    along: readonly Statement[] = [],
    reason?: Reason,
  ): Promise<void> {
    return this.ports.events.send(event, {
      principal: `plugin:${this.task.plugin}`,
      key: `${this.task.id}/${word}`,
      along,
      ...(reason ? { reason } : {}),
    });
  }
}
