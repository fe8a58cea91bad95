/** The thread in which all sandboxes of a process live. @module */
import { parentPort, workerData } from "node:worker_threads";
import type { CallAnswer } from "../sandbox/types.ts";
import { type Core, createCore } from "../sandbox/core.ts";
import { roundRobin } from "../sandbox/round_robin.ts";
import { imageCache } from "./image_cache.ts";
import { batched, type FromWorker, type ToWorker, type WorkerStart } from "./worker_messages.ts";

type Settled = { readonly answer: CallAnswer; readonly now: number } | "suspend";

const port = parentPort!;
const tell = batched<FromWorker>((messages) => port.postMessage(messages));
/** Calls that wait for the main thread, by run and index. */
const asked = new Map<number, Map<number, (settled: Settled) => void>>();

const ready = start(workerData as WorkerStart);
port.on("message", (messages: ToWorker[]) => {
  for (const message of messages) {
    if (message.kind === "answer") answered(message);
    else void handle(message);
  }
});

async function start({ wasm, images }: WorkerStart): Promise<Core> {
  return createCore({
    wasm: await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>),
    ...(images === undefined ? {} : { images: imageCache(images) }),
    slice: roundRobin((next) => setImmediate(next)),
  });
}

async function handle(message: Exclude<ToWorker, { kind: "answer" }>): Promise<void> {
  try {
    const core = await ready;
    if (message.kind === "unload") await core.unload(message.hash);
    else if (message.kind === "load") {
      tell({ kind: "loaded", id: message.id, loaded: await core.load(message.script) });
    } else await run(core, message);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    if (message.kind !== "unload") tell({ kind: "broken", id: message.id, message: said });
  }
}

async function run(core: Core, { id, hash, job }: ToWorker & { kind: "run" }): Promise<void> {
  const waiting = new Map<number, (settled: Settled) => void>();
  asked.set(id, waiting);
  try {
    const result = await core.run(hash, {
      ...job,
      call: (call) =>
        new Promise((resolve) => {
          waiting.set(call.index, resolve);
          tell({ kind: "call", id, call });
        }),
      log: (level, line) => tell({ kind: "log", id, level, line }),
    });
    tell({ kind: "ended", id, result });
  } finally {
    asked.delete(id);
  }
}

function answered({ id, index, settled }: ToWorker & { kind: "answer" }): void {
  const waiting = asked.get(id);
  waiting?.get(index)?.(settled);
  waiting?.delete(index);
}
