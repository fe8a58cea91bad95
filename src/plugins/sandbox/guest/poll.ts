/** Loops that forget all but their last turn. @module */
import { span } from "./span.ts";
import type { PollOptions } from "../../sdk/context.ts";
import type { Wire } from "./wire.ts";

/**
 * Calls `look` until it gives a value.
 *
 * All turns share one index, so that the journal stays short. That holds only while nothing else of
 * the handler is under way: otherwise the calls of the other branch would be forgotten too, and the
 * next turn takes a fresh index.
 */
export async function poll<T>(
  wire: Wire,
  options: PollOptions,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const every = span(options.every, "every");
  const timeout = options.timeout === undefined ? undefined : span(options.timeout, "timeout");
  const began = Date.now();
  const left = (): { timeout?: number } =>
    timeout === undefined ? {} : { timeout: Math.max(0, began + timeout - Date.now()) };
  let index = wire.reserve();
  let args = { every, ...left() };
  let alone = wire.outstanding === 0;
  for (;;) {
    const answer = wire.send(index, "poll", args);
    const issued = wire.issued;
    const { expired } = await answer;
    if (wire.issued !== issued) alone = false;
    const value = await look();
    if (value !== undefined) return value;
    if (expired) throw timedOut(options);
    if (alone && wire.outstanding === 0) {
      wire.rewind(index + 1);
      continue;
    }
    await wire.call("sleep", { duration: every });
    index = wire.reserve();
    args = { every, ...left() };
    alone = wire.outstanding === 0;
  }
}

function timedOut({ every, timeout }: PollOptions): Error {
  const error = new Error(`poll: nothing came within ${timeout} (looked every ${every})`);
  Object.defineProperty(error, "name", { value: "Timeout", configurable: true });
  return error;
}
