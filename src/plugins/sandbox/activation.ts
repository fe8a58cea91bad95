/** One activation: runs a handler, replays what was answered before, then makes live calls. @module */
import type { Limits } from "../manifest.ts";
import type { Json } from "../../spec/json.ts";
import { DEEPEST, isTooDeep } from "../../spec/json_depth.ts";
import type { Engine } from "./engine.ts";
import { failureOf, type RawEnded, readDone } from "./ended.ts";
import { POST } from "./post.ts";
import { sameJson } from "./same_json.ts";
import type { Activation, CallAnswer, GuestCall, Handler, Replayed } from "./types.ts";

/** What an activation needs, with its input as JSON text. */
export interface Job extends Omit<Activation, "input" | "handler"> {
  readonly handler: Handler;
  readonly input: string;
  readonly limits: Limits;
}

export interface JobResult {
  readonly ended: RawEnded;
  readonly fuel: number;
}

/** Runs one piece of guest work when its turn has come. */
export type Slice = (work: () => void) => Promise<void>;

/** What a call and a log line cost besides the instructions of the guest. */
const HOST_CALL_FUEL = 500;
const MAX_LOG_LINES = 1_000;
const LEVELS = ["info", "warn", "error"] as const;

type Settled = { readonly index: number; readonly answer: CallAnswer; readonly now: number };

export class RunningJob {
  readonly #engine: Engine;
  readonly #job: Job;
  readonly #slice: Slice;
  readonly #elapsed: () => number;
  readonly #abort = new AbortController();
  /** Calls that the guest waits for, live and replayed. */
  readonly #pending = new Map<number, "live" | "suspended" | "replay">();
  readonly #replay: Map<number, Replayed>;
  #position = 0;
  #queue: GuestCall[] = [];
  readonly #answers: Settled[] = [];
  /** Live calls under way; those that the handler did not wait for are seen to their end too. */
  readonly #inFlight = new Set<Promise<void>>();
  #wake: (() => void) | undefined;
  #ended: RawEnded | undefined;
  #fuelAtEnd: number | undefined;
  #calls = 0;
  #lines = 0;
  #guestTime = 0;

  constructor(engine: Engine, job: Job, slice: Slice, elapsed: () => number) {
    this.#engine = engine;
    this.#job = job;
    this.#slice = slice;
    this.#elapsed = elapsed;
    this.#replay = new Map(job.replay.map((entry) => [entry.index, entry]));
  }

  /** Whether the machine may serve again after a rollback. */
  get sound(): boolean {
    return this.#ended?.kind !== "failed" || this.#ended.failure === "threw";
  }

  async run(): Promise<JobResult> {
    const engine = this.#engine;
    const { handler, input, seed, limits, now } = this.#job;
    engine.fuel = limits.fuel;
    engine.limitMemory(limits.memory);
    engine.now = now;
    await this.#guest(() => engine.run(JSON.stringify(handler), input, seed));
    while (this.#ended === undefined) {
      const next = this.#nextAnswer();
      if (next !== undefined) {
        await this.#settle(next);
      } else if (this.#ended === undefined) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
    if (this.#ended.kind !== "failed") await Promise.all(this.#inFlight);
    this.#abort.abort();
    const left = Math.max(0, this.#fuelAtEnd ?? engine.fuel);
    return { ended: this.#ended, fuel: limits.fuel - left };
  }

  /** Takes a message of the guest; everything in it is the guest's to forge. */
  posted(kind: number, index: number, name: string | undefined, text: string | undefined): void {
    if (this.#ended !== undefined) return;
    if (name === undefined || text === undefined) {
      this.#stop("output", "a text that crosses the sandbox wall is longer than 1 MB");
    } else if (kind === POST.log) this.#logged(name, text);
    else if (kind === POST.call) this.#called(index, name, text);
    else if (kind === POST.done) this.#done(index, text);
    else this.#stop("protocol", `a message of the unknown kind ${kind}`);
  }

  #logged(level: string, line: string): void {
    this.#engine.fuel -= HOST_CALL_FUEL;
    if (this.#position < this.#job.replay.length || ++this.#lines > MAX_LOG_LINES) return;
    const known = LEVELS.find((one) => one === level);
    if (known) this.#job.log(known, line);
  }

  #called(index: number, name: string, text: string): void {
    this.#engine.fuel -= HOST_CALL_FUEL;
    const args = parse(text);
    if (!Number.isSafeInteger(index) || index < 0 || args === undefined) {
      return this.#stop("protocol", `the call ${JSON.stringify(name)} is malformed`);
    }
    if (this.#pending.has(index)) {
      return this.#stop("protocol", `call ${index} was made again before it was answered`);
    }
    const { calls } = this.#job.limits;
    if (index >= calls || ++this.#calls > calls + this.#job.replay.length) {
      return this.#stop("calls", `more than ${calls} calls: ask for more with limits.calls`);
    }
    const known = this.#replay.get(index);
    if (known === undefined) {
      this.#pending.set(index, "live");
      this.#queue.push({ index, name, args });
    } else if (known.name === name && sameJson(known.args, args)) {
      this.#pending.set(index, "replay");
    } else {
      this.#stop("diverged", divergence(known, name, args));
    }
  }

  #done(ok: number, text: string): void {
    if (isTooDeep(text)) {
      return this.#stop("protocol", `the result is nested deeper than ${DEEPEST} levels`);
    }
    const value = parse(text);
    this.#finish(ok === 1 ? readDone(value) : failureOf(value));
  }

  /** The answer whose turn it is; ends the activation when there can be none. */
  #nextAnswer(): Settled | undefined {
    const { replay } = this.#job;
    if (this.#position < replay.length) {
      const next = replay[this.#position++]!;
      if (this.#pending.get(next.index) === "replay") return next;
      this.#stop(
        "diverged",
        `call ${next.index} (${next.name}) was answered before, and this time was not made`,
      );
      return undefined;
    }
    const live = this.#answers.shift();
    if (live !== undefined) return live;
    const kinds = [...this.#pending.values()];
    if (kinds.length === 0) {
      this.#stop("deadlock", "the handler waits for a promise that nothing can settle");
    } else if (kinds.every((kind) => kind === "suspended")) {
      this.#finish({ kind: "suspended" });
    }
    return undefined;
  }

  #settle({ index, answer, now }: Settled): Promise<void> {
    this.#pending.delete(index);
    this.#replay.delete(index);
    this.#engine.now = Math.max(this.#engine.now, now);
    const json = JSON.stringify(answer.ok ? answer.value : answer.error) ?? "null";
    return this.#guest(() => this.#engine.settle(index, answer.ok, json));
  }

  /** One turn of guest code with all jobs that follow from it; then its live calls go out. */
  async #guest(work: () => void): Promise<void> {
    const engine = this.#engine;
    await this.#slice(() => {
      const began = this.#elapsed();
      try {
        work();
        engine.drain(() => this.#ended !== undefined);
      } catch (error) {
        this.#trapped(error);
      }
      this.#guestTime += this.#elapsed() - began;
    });
    if (this.#guestTime > this.#job.limits.wall) {
      this.#stop("wall", `the guest ran longer than ${this.#job.limits.wall} ms`);
    }
    for (const call of this.#queue.splice(0)) this.#ask(call);
  }

  #ask(call: GuestCall): void {
    if (this.#ended?.kind === "failed") return;
    const asked = this.#job.call(call, this.#abort.signal).then(
      (settled) => {
        if (settled === "suspend") this.#pending.set(call.index, "suspended");
        else this.#answers.push({ index: call.index, ...settled });
      },
      (error: unknown) =>
        this.#stop("crash", error instanceof Error ? error.message : String(error)),
    );
    const done = asked.then(() => {
      this.#inFlight.delete(done);
      this.#wake?.();
    });
    this.#inFlight.add(done);
  }

  #trapped(error: unknown): void {
    const engine = this.#engine;
    const known = this.#ended;
    const left = engine.fuel;
    if (known !== undefined && (known.kind !== "failed" || known.stack !== undefined)) return;
    if (known !== undefined) this.#ended = { ...known, stack: engine.trappedAt() };
    else if (error instanceof WebAssembly.RuntimeError) {
      const { fuel } = this.#job.limits;
      const [failure, message] =
        left < 0
          ? (["fuel", `used up its ${fuel} instructions: ask for more with limits.fuel`] as const)
          : (["crash", `the engine stopped: ${error.message}`] as const);
      this.#fuelAtEnd ??= left;
      this.#ended = { kind: "failed", failure, name: "Limit", message, stack: engine.trappedAt() };
    } else this.#finish(failureOf(error));
  }

  #stop(
    failure: "output" | "protocol" | "calls" | "diverged" | "deadlock" | "wall" | "crash",
    message: string,
  ): void {
    if (this.#ended !== undefined) return;
    this.#finish({ kind: "failed", failure, name: "Limit", message });
    // What the guest still does is of no interest: the next instruction traps.
    this.#engine.fuel = 0;
  }

  #finish(ended: RawEnded): void {
    this.#ended ??= ended;
    this.#fuelAtEnd ??= this.#engine.fuel;
  }
}

function divergence(known: Replayed, name: string, args: Json): string {
  const shown = (of: string, value: Json): string =>
    `${of}(${JSON.stringify(value).slice(0, 200)})`;
  return `call ${known.index} was ${shown(known.name, known.args)} before and is ${shown(name, args)} now`;
}

function parse(text: string): Json | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
