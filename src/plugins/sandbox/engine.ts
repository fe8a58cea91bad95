/** One virtual machine of QuickJS in WebAssembly; the only importer of quickjs-wasi. @module */
import { JSException, JSValueHandle, QuickJS, type QuickJSOptions } from "quickjs-wasi";

/** The memory of a machine that has evaluated a plugin, and what else it takes to go on from there. */
export interface Image {
  /** The bytes from `from` on; below lies dead stack, above lies free memory. */
  readonly memory: Uint8Array;
  readonly from: number;
  /** Size of the whole memory in bytes. */
  readonly size: number;
  readonly runtime: number;
  readonly context: number;
  /** Addresses of the guest's entry functions. */
  readonly entry: { readonly run: number; readonly settle: number; readonly stack: number };
}

export interface EngineOptions {
  /** A metered QuickJS. */
  readonly wasm: WebAssembly.Module;
  /** Called by the guest; texts longer than `characters` arrive as `undefined`. */
  readonly post: (
    kind: number,
    index: number,
    name: string | undefined,
    text: string | undefined,
  ) => void;
  readonly characters: number;
}

/** The guest threw; the stack is the guest's. */
export class GuestThrew extends Error {
  override readonly name = "GuestThrew";
  readonly guestName: string;
  readonly guestStack: string;

  constructor(name: string, message: string, stack: string) {
    super(message);
    this.guestName = name;
    this.guestStack = stack;
  }
}

const STACK = 256 << 10;
/** What evaluating a bundle may allocate. */
const LOAD_MEMORY = 48 << 20;
/** Grown before the image is taken, so that ordinary events do not have to grow it. */
const HEADROOM = 4 << 20;
const PAGE = 65_536;
const NOTHING = new Uint8Array(0);
const NAME_CHARACTERS = 64;
const TRACE_FUEL = 1_000_000;
const TAKE_ENTRY = `(() => {
  const entry = globalThis.periplusEntry;
  delete globalThis.periplusEntry;
  if (!entry) throw new Error("the bundle has no guest runtime");
  return entry;
})()`;

type Exports = ReturnType<QuickJS["_getExports"]> & {
  readonly fuel: { value: number };
};

export class Engine {
  /** The guest's clock, in milliseconds. */
  now = 0;
  readonly #options: EngineOptions;
  #vm: QuickJS | undefined;
  #entry: { [K in keyof Image["entry"]]: JSValueHandle } | undefined;
  #describe: JSValueHandle | undefined;

  private constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** A new machine that has evaluated nothing. */
  static async create(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    const limits = { memoryLimit: LOAD_MEMORY, maxStackSize: STACK };
    const vm = await QuickJS.create({ ...engine.#vmOptions(), ...limits });
    engine.#vm = vm;
    const post = vm.newFunction("periplusPost", engine.#posted);
    vm.setProp(vm.global, "periplusPost", post);
    post.dispose();
    return engine;
  }

  /** A machine that stands where an image was taken. */
  static async thaw(image: Image, options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    const bare = {
      memory: NOTHING,
      stackPointer: image.from,
      runtimePtr: image.runtime,
      contextPtr: image.context,
      extensions: [],
    };
    const vm = await QuickJS.restore(bare, engine.#vmOptions());
    engine.#vm = vm;
    vm.registerHostCallback("periplusPost", engine.#posted);
    const { memory } = engine.#exports;
    memory.grow((image.size - memory.buffer.byteLength) / PAGE);
    engine.rollback(image);
    // Boxes made after the thaw would vanish with the first rollback: these lie in the image.
    const box = (address: number): JSValueHandle => new JSValueHandle(vm, address, true);
    const { run, settle, stack } = image.entry;
    engine.#entry = { run: box(run), settle: box(settle), stack: box(stack) };
    return engine;
  }

  get fuel(): number {
    return this.#exports.fuel.value;
  }
  set fuel(value: number) {
    this.#exports.fuel.value = value;
  }

  /** Caps what the guest may allocate, in bytes. */
  limitMemory(bytes: number): void {
    this.#exports.qjs_set_memory_limit(bytes);
  }

  /**
   * Evaluates a guest's script and takes its entry functions.
   *
   * @throws {GuestThrew} what the script threw
   * @throws {WebAssembly.RuntimeError} a trap: out of fuel when {@link fuel} is negative
   */
  evaluate(code: string, file: string): void {
    this.#translated(() => {
      const vm = this.#machine;
      vm.evalCode(code, file).dispose();
      const entry = vm.evalCode(TAKE_ENTRY, "host.js");
      this.#entry = {
        run: entry.getProp("run"),
        settle: entry.getProp("settle"),
        stack: entry.getProp("stack"),
      };
      this.#describe = entry.getProp("describe");
    });
  }

  /** The definition of an evaluated guest as JSON; undefined when it is too long. */
  describe(): string | undefined {
    return this.#translated(() => this.#ask(this.#describe!));
  }

  /**
   * The stack of the guest where a trap left it. Memory and stack pointer still are as they were, so
   * a new call sees the frames of the old one; the machine is of no use afterwards.
   */
  trappedAt(): string {
    try {
      this.fuel = TRACE_FUEL;
      return (this.#entry && this.#ask(this.#entry.stack)) ?? "";
    } catch {
      return "";
    }
  }

  run(handler: string, input: string, seed: number): void {
    const vm = this.#machine;
    const args = [vm.newString(handler), vm.newString(input), vm.newNumber(seed)];
    this.#call(this.#entry!.run, args);
  }

  settle(index: number, ok: boolean, json: string): void {
    const vm = this.#machine;
    this.#call(this.#entry!.settle, [
      vm.newNumber(index),
      vm.newNumber(ok ? 1 : 0),
      vm.newString(json),
    ]);
  }

  /** Runs waiting jobs until none is left or `enough` says so. */
  drain(enough: () => boolean): void {
    const exports = this.#exports;
    while (!enough() && exports.qjs_is_job_pending()) {
      if (exports.qjs_execute_pending_job() >= 0) continue;
      const text = this.#machine.getException().consume((error) => error.toString());
      throw new GuestThrew("InternalError", text, "");
    }
  }

  /** Takes the image of an evaluated guest; afterwards only {@link rollback} makes it usable. */
  freeze(): Image {
    const exports = this.#exports;
    const { run, settle, stack } = this.#entry!;
    const top = exports.wasm_malloc(HEADROOM);
    exports.wasm_free(top);
    const { __stack_pointer: stackPointer } = exports;
    const from = stackPointer.value as number;
    return {
      memory: new Uint8Array(exports.memory.buffer).slice(from, top + 64),
      from,
      size: exports.memory.buffer.byteLength,
      runtime: exports.qjs_get_runtime_ptr(),
      context: exports.qjs_get_context_ptr(),
      entry: { run: run.ptr, settle: settle.ptr, stack: stack.ptr },
    };
  }

  /** Puts the image back; false when the memory has grown since, so that the machine must be given up. */
  rollback(image: Image): boolean {
    const { memory, __stack_pointer: stack } = this.#exports;
    if (memory.buffer.byteLength !== image.size) return false;
    new Uint8Array(memory.buffer).set(image.memory, image.from);
    stack.value = image.from;
    return true;
  }

  dispose(): void {
    this.#vm?.dispose();
    this.#vm = undefined;
  }

  get #machine(): QuickJS {
    if (!this.#vm) throw new Error("the machine is disposed");
    return this.#vm;
  }
  get #exports(): Exports {
    return this.#machine["_getExports"]() as Exports;
  }

  #ask(fn: JSValueHandle): string | undefined {
    const answer = this.#machine.callFunction(fn, fn);
    return answer.consume((text) => this.#text(text, this.#options.characters));
  }

  #call(fn: JSValueHandle, args: JSValueHandle[]): void {
    this.#translated(() => this.#machine.callFunction(fn, fn, ...args).dispose());
    for (const arg of args) arg.dispose();
  }

  readonly #posted = (
    kind: JSValueHandle,
    index: JSValueHandle,
    name: JSValueHandle,
    text: JSValueHandle,
  ): JSValueHandle => {
    const named = this.#text(name, NAME_CHARACTERS);
    const { characters } = this.#options;
    this.#options.post(kind.toNumber(), index.toNumber(), named, this.#text(text, characters));
    return kind;
  };

  /** Copies a guest's text out only after its length was looked at. */
  #text(handle: JSValueHandle, characters: number): string | undefined {
    if (!handle.isString) return undefined;
    const length = handle.getProp("length").consume((value) => value.toNumber());
    return length <= characters ? handle.toString() : undefined;
  }

  #translated<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof JSException)) throw error;
      const { name, message, stack } = error;
      throw new GuestThrew(name, message, stack ?? "");
    }
  }

  #vmOptions(): QuickJSOptions {
    return {
      wasm: this.#options.wasm,
      timezoneOffset: 0,
      wasi: (memory) => ({
        clock_time_get: (_clock: number, _precision: bigint, at: number) => {
          const nanoseconds = BigInt(Math.trunc(this.now)) * 1_000_000n;
          new DataView(memory.buffer).setBigUint64(at, nanoseconds, true);
          return 0;
        },
        random_get: (at: number, length: number) => {
          new Uint8Array(memory.buffer, at, length).fill(0x42);
          return 0;
        },
        fd_write: () => 8,
      }),
    };
  }
}
