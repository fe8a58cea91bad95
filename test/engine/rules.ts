/** Watches a log for what must never happen, knowing nothing of how the controller decides. @module */
import type { LogEntry } from "../../src/host/engine/controller_types.ts";
import { parseEventType } from "../../src/spec/event_type.ts";
import { textAt } from "../../src/spec/json.ts";

interface Running {
  readonly trigger: string;
  readonly context: string;
  readonly stage: string;
  readonly service: string;
  readonly task: string;
  started: number;
  finished: number;
}
interface Pause {
  all: boolean;
  readonly stages: Map<string, boolean>;
}

/** Folds entries of a log in order and collects broken rules. */
export class Watch {
  readonly broken: string[] = [];
  private readonly running = new Map<string, Running>();
  private readonly pauses = new Map<string, Pause>();
  /** Open sequences per context: trigger id → stage. */
  private readonly open = new Map<string, Map<string, string>>();
  private readonly sentOnce = new Set<string>();
  /** A stage whose last sequence has just ended: its pause goes with it unless a successor follows. */
  private leaving: { readonly context: string; readonly stage: string } | undefined;

  take({ origin, event, reason, seq }: LogEntry): void {
    const context = event.shkeptncontext;
    this.leave(reason?.rule === "successor" && this.leaving?.context === context);
    if (event.type === "periplus.internal.control") return this.control(event.data);
    const type = parseEventType(event.type);
    if (type.level === "sequence") {
      if (type.kind === "triggered" && (origin === "emitted" || !reason)) {
        this.openOf(context).set(event.id, type.stage);
      }
      if (type.kind === "finished" && origin === "emitted") this.end(context, event.triggeredid!);
      return;
    }
    if (type.level !== "task") return;
    if (origin === "emitted" && type.kind === "triggered") {
      const place = {
        trigger: reason?.events?.[0] ?? "",
        context,
        stage: textAt(event.data, "stage")!,
        service: textAt(event.data, "service")!,
        task: type.task,
      };
      this.sent(event.id, place, seq);
      return;
    }
    if (origin !== "received" || reason) return;
    const task = this.running.get(event.triggeredid ?? "");
    if (!task) return;
    if (type.kind === "started") task.started++;
    if (type.kind === "finished") task.finished++;
    if (task.started > 0 && task.started === task.finished) this.running.delete(event.triggeredid!);
  }

  private sent(id: string, place: Omit<Running, "started" | "finished">, seq: number): void {
    const { context, stage, service, trigger, task } = place;
    const what = `${seq}: task ${task} of ${context} in ${stage}/${service}`;
    if (this.sentOnce.has(id)) this.broken.push(`${what} was sent twice`);
    this.sentOnce.add(id);
    if (this.paused(context, stage)) this.broken.push(`${what} was sent after a pause`);
    if (!this.open.get(context)?.has(trigger))
      this.broken.push(`${what} belongs to no open sequence`);
    for (const other of this.running.values()) {
      const holds =
        other.stage === stage &&
        other.service === service &&
        other.trigger !== trigger &&
        other.task !== "approval" &&
        !this.paused(other.context, other.stage);
      if (holds)
        this.broken.push(`${what} was sent while ${other.task} of ${other.context} held the slot`);
    }
    this.running.set(id, { ...place, started: 0, finished: 0 });
  }

  private end(context: string, trigger: string): void {
    for (const [id, task] of this.running) if (task.trigger === trigger) this.running.delete(id);
    const open = this.openOf(context);
    const stage = open.get(trigger);
    open.delete(trigger);
    if (stage !== undefined && ![...open.values()].includes(stage))
      this.leaving = { context, stage };
  }

  private leave(followed: boolean): void {
    if (!this.leaving) return;
    const { context, stage } = this.leaving;
    this.leaving = undefined;
    if (followed) return;
    this.pauses.get(context)?.stages.delete(stage);
    if (this.open.get(context)?.size === 0) this.pauses.delete(context);
  }

  private control(data: unknown): void {
    const context = textAt(data, "context")!;
    const stage = textAt(data, "stage");
    const command = textAt(data, "command");
    const known = this.open.get(context);
    if (known && (command === "abort" || known.size === 0)) return;
    const pause = this.pauses.get(context) ?? { all: false, stages: new Map<string, boolean>() };
    if (stage !== undefined) pause.stages.set(stage, command === "pause");
    else {
      pause.all = command === "pause";
      pause.stages.clear();
    }
    this.pauses.set(context, pause);
  }

  private paused(context: string, stage: string): boolean {
    const pause = this.pauses.get(context);
    return pause?.stages.get(stage) ?? pause?.all ?? false;
  }

  private openOf(context: string): Map<string, string> {
    const open = this.open.get(context) ?? new Map<string, string>();
    this.open.set(context, open);
    return open;
  }
}
