/** The virtual machines of one plugin: as many as it has activations, up to four. @module */
import { type Job, type JobResult, RunningJob, type Slice } from "./activation.ts";
import { Engine, type Image } from "./engine.ts";

/** Machines of one plugin at most; further activations wait. */
const MOST = 4;
/** Machines of one plugin that are kept while nothing runs. */
const KEPT = 2;
/** Idle machines of all plugins together; the longest idle go first. */
const IDLE = 32;

/** Texts that cross the wall, in UTF-16 units. */
export const MAX_CHARACTERS = 1 << 20;

/** A machine and the job that its guest talks to. */
class Machine {
  job: RunningJob | undefined;
  readonly engine: Engine;

  private constructor(engine: Engine) {
    this.engine = engine;
  }

  static async thaw(wasm: WebAssembly.Module, image: Image): Promise<Machine> {
    const holder: { machine?: Machine } = {};
    const engine = await Engine.thaw(image, {
      wasm,
      characters: MAX_CHARACTERS,
      post: (kind, index, name, text) => holder.machine?.job?.posted(kind, index, name, text),
    });
    return (holder.machine = new Machine(engine));
  }
}

/** Idle machines of all plugins: what is too many is given up, and thawed again when needed. */
export class IdleMachines {
  readonly #drops = new Map<object, () => void>();

  add(machine: object, drop: () => void): void {
    this.#drops.set(machine, drop);
    if (this.#drops.size <= IDLE) return;
    const [oldest, dropOldest] = this.#drops.entries().next().value!;
    this.#drops.delete(oldest);
    dropOldest();
  }

  remove(machine: object): void {
    this.#drops.delete(machine);
  }
}

export class Machines {
  readonly #wasm: WebAssembly.Module;
  readonly #image: Image;
  readonly #slice: Slice;
  readonly #elapsed: () => number;
  readonly #idle: IdleMachines;
  #free: Machine[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #closed = false;

  constructor(
    wasm: WebAssembly.Module,
    image: Image,
    { slice, elapsed, idle }: { slice: Slice; elapsed: () => number; idle: IdleMachines },
  ) {
    this.#wasm = wasm;
    this.#image = image;
    this.#slice = slice;
    this.#elapsed = elapsed;
    this.#idle = idle;
  }

  /** Runs one activation on a machine that stands where the image was taken. */
  async run(job: Job): Promise<JobResult> {
    if (this.#busy >= MOST) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy++;
    try {
      const machine = this.#take() ?? (await Machine.thaw(this.#wasm, this.#image));
      const running = new RunningJob(machine.engine, job, this.#slice, this.#elapsed);
      machine.job = running;
      const result = await running.run();
      machine.job = undefined;
      this.#giveBack(machine, running.sound);
      return result;
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#busy--;
    }
  }

  close(): void {
    this.#closed = true;
    for (let machine = this.#take(); machine; machine = this.#take()) machine.engine.dispose();
  }

  #take(): Machine | undefined {
    const machine = this.#free.pop();
    if (machine) this.#idle.remove(machine);
    return machine;
  }

  #giveBack(machine: Machine, sound: boolean): void {
    const wanted = !this.#closed && (this.#free.length < KEPT || this.#waiting.length > 0);
    if (!sound || !wanted || !machine.engine.rollback(this.#image)) {
      machine.engine.dispose();
      return;
    }
    this.#free.push(machine);
    this.#idle.add(machine, () => {
      this.#free = this.#free.filter((one) => one !== machine);
      machine.engine.dispose();
    });
  }
}
