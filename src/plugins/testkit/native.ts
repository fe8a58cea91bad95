/** Runs a plugin's definition in this runtime, with the globals that differ in a guest put in place. @module */
import type { Json } from "../../spec/json.ts";
import { failureOf, readDone, type RawEnded } from "../sandbox/ended.ts";
import { createFetch } from "../sandbox/guest/fetch.ts";
import { perform } from "../sandbox/guest/perform.ts";
import { Wire } from "../sandbox/guest/wire.ts";
import { POST } from "../sandbox/post.ts";
import type { Activation } from "../sandbox/types.ts";

let turn: Promise<unknown> = Promise.resolve();

/** Runs one activation; runs follow one another, because they share the globals. */
export function runNatively(plugin: unknown, activation: Activation): Promise<RawEnded> {
  const mine = turn.then(() => runAlone(plugin, activation));
  turn = mine.catch(() => undefined);
  return mine;
}

async function runAlone(plugin: unknown, activation: Activation): Promise<RawEnded> {
  const signal = new AbortController().signal;
  let now = activation.now;
  let settling: Promise<void> = Promise.resolve();
  const wire = new Wire((kind, index, name, text) => {
    if (kind === POST.log) return activation.log(name as "info", text);
    const args = JSON.parse(text) as Json;
    settling = settling.then(async () => {
      const settled = await activation.call({ index, name, args }, signal);
      if (settled === "suspend") return;
      now = settled.now;
      const { answer } = settled;
      wire.settle(index, answer.ok, JSON.stringify(answer.ok ? answer.value : answer.error));
    });
  });
  const restore = replaceGlobals({
    fetch: createFetch((call) => wire.call("http", call)),
    Date: virtualDate(() => now),
  });
  try {
    const done = await perform(wire, plugin, activation.handler, activation.input);
    return readDone(JSON.parse(JSON.stringify(done)));
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    return failureOf({ name, message, stack: stack ?? "" });
  } finally {
    await settling;
    restore();
  }
}

function replaceGlobals(globals: { readonly [name: string]: unknown }): () => void {
  const before = Object.keys(globals).map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)!] as const,
  );
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return () => {
    for (const [name, descriptor] of before) Object.defineProperty(globalThis, name, descriptor);
  };
}

function virtualDate(now: () => number): DateConstructor {
  return new Proxy(Date, {
    construct: (target, args: [], self) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, self) as object,
    get: (target, key) => (key === "now" ? now : (Reflect.get(target, key) as unknown)),
  });
}
