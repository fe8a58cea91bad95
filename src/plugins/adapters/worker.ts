/** A sandbox whose guests run in one thread of their own. @module */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Job, JobResult } from "../sandbox/activation.ts";
import type { Core, Loaded, Script } from "../sandbox/core.ts";
import { createSandboxHost } from "../sandbox/host.ts";
import type { GuestCall, SandboxHost } from "../sandbox/types.ts";
import { buildWorker } from "./bundler.ts";
import { meteredBytes } from "./metered.ts";
import { batched, type FromWorker, type ToWorker, type WorkerStart } from "./worker_messages.ts";

export interface WorkerSandboxOptions {
  /** A folder for frozen images and whatever else is made once. */
  readonly folder: string;
  /** The thread's script; found beside this module, or built from its source, unless given. */
  readonly entry?: URL;
}

/** A sandbox in a thread of its own. */
export async function workerSandbox(options: WorkerSandboxOptions): Promise<SandboxHost> {
  const { folder } = options;
  const [{ bytes, hash }, entry] = await Promise.all([
    meteredBytes(folder),
    options.entry ?? findEntry(folder),
  ]);
  const start: WorkerStart = { wasm: bytes, images: join(folder, "images") };
  return createSandboxHost(new WorkerCore(entry, start), hash);
}

async function findEntry(folder: string): Promise<URL> {
  const built = new URL("./sandbox_worker.js", import.meta.url);
  const exists = await access(fileURLToPath(built)).then(
    () => true,
    () => false,
  );
  if (exists) return built;
  if ("Deno" in globalThis) return new URL("./sandbox_worker.ts", import.meta.url);
  return buildWorker(join(folder, `worker-${process.pid}.mjs`));
}

interface Running {
  readonly job: Job;
  readonly abort: AbortController;
  readonly resolve: (result: JobResult) => void;
}

class WorkerCore implements Core {
  readonly #entry: URL;
  readonly #start: WorkerStart;
  readonly #scripts = new Map<string, Script>();
  readonly #loading = new Map<number, (loaded: Loaded) => void>();
  readonly #running = new Map<number, Running>();
  #worker: Worker | undefined;
  #tell: ((message: ToWorker) => void) | undefined;
  #last = 0;

  constructor(entry: URL, start: WorkerStart) {
    this.#entry = entry;
    this.#start = start;
    // The engine compiles while its owner still reads plugins.
    this.#thread();
  }

  async load(script: Script): Promise<Loaded> {
    const tell = this.#thread();
    const loaded = await new Promise<Loaded>((resolve) => {
      const id = ++this.#last;
      this.#loading.set(id, resolve);
      tell({ kind: "load", id, script });
    });
    if (loaded.ok) this.#scripts.set(script.hash, script);
    return loaded;
  }

  run(hash: string, { call, log, ...job }: Job): Promise<JobResult> {
    const tell = this.#thread();
    return new Promise((resolve) => {
      const id = ++this.#last;
      const abort = new AbortController();
      this.#running.set(id, { job: { call, log, ...job }, abort, resolve });
      tell({ kind: "run", id, hash, job });
    });
  }

  async unload(hash: string): Promise<void> {
    this.#scripts.delete(hash);
    this.#tell?.({ kind: "unload", hash });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#tell = undefined;
    await worker?.terminate();
    this.#lost("the sandbox is closed");
  }

  /** The thread's mailbox; a thread that died is replaced, and gets its plugins again. */
  #thread(): (message: ToWorker) => void {
    if (this.#tell) return this.#tell;
    const worker = new Worker(this.#entry, { workerData: this.#start, env: {}, execArgv: [] });
    worker.on("message", (messages: FromWorker[]) => {
      for (const message of messages) this.#heard(message);
    });
    const died = (why: string): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#tell = undefined;
      this.#lost(why);
    };
    worker.on("error", (error) => died(`the thread of the sandboxes failed: ${String(error)}`));
    worker.on("exit", () => died("the thread of the sandboxes ended"));
    this.#worker = worker;
    const tell = batched<ToWorker>((messages) => worker.postMessage(messages, []));
    this.#tell = tell;
    for (const script of this.#scripts.values()) tell({ kind: "load", id: 0, script });
    return tell;
  }

  #heard(message: FromWorker): void {
    switch (message.kind) {
      case "loaded":
        this.#loading.get(message.id)?.(message.loaded);
        this.#loading.delete(message.id);
        return;
      case "call":
        void this.#answer(message.id, message.call);
        return;
      case "log":
        this.#running.get(message.id)?.job.log(message.level, message.line);
        return;
      case "ended":
        this.#end(message.id, message.result);
        return;
      case "broken":
        this.#loading.get(message.id)?.(crash(message.message).loaded);
        this.#loading.delete(message.id);
        this.#end(message.id, crash(message.message).result);
    }
  }

  async #answer(id: number, call: GuestCall): Promise<void> {
    const running = this.#running.get(id);
    if (!running) return;
    try {
      const settled = await running.job.call(call, running.abort.signal);
      this.#tell?.({ kind: "answer", id, index: call.index, settled });
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      this.#end(id, crash(said).result);
    }
  }

  #end(id: number, result: JobResult): void {
    const running = this.#running.get(id);
    if (!running) return;
    this.#running.delete(id);
    running.abort.abort();
    running.resolve(result);
  }

  #lost(why: string): void {
    const { loaded, result } = crash(why);
    for (const resolve of this.#loading.values()) resolve(loaded);
    this.#loading.clear();
    for (const id of [...this.#running.keys()]) this.#end(id, result);
  }
}

function crash(message: string): { loaded: Loaded; result: JobResult } {
  const failed = { kind: "failed", failure: "crash", name: "Error", message } as const;
  return { loaded: { ok: false, failed }, result: { ended: failed, fuel: 0 } };
}
