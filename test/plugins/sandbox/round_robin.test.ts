import { expect, test } from "vitest";
import { roundRobin } from "../../../src/plugins/sandbox/round_robin.ts";

function scheduler(): {
  slice: ReturnType<typeof roundRobin>;
  step: () => Promise<void>;
  log: string[];
} {
  const waiting: (() => void)[] = [];
  const slice = roundRobin((next) => waiting.push(next));
  const step = async (): Promise<void> => {
    waiting.shift()?.();
    await Promise.resolve();
  };
  return { slice, step, log: [] };
}

test("plugins take turns, however much one of them has to do", async () => {
  const { slice, step, log } = scheduler();
  for (let n = 0; n < 3; n++) void slice("busy", () => log.push(`busy ${n}`));
  void slice("small", () => log.push("small"));
  await Promise.resolve();
  for (let n = 0; n < 5; n++) await step();
  expect(log).toEqual(["busy 0", "small", "busy 1", "busy 2"]);
});

test("what throws reaches its own caller, and the next plugin's turn comes", async () => {
  const { slice, step, log } = scheduler();
  const broken = slice("a", () => {
    throw new Error("broken");
  });
  void slice("b", () => log.push("b"));
  await expect(broken).rejects.toThrow("broken");
  await step();
  await step();
  void slice("a", () => log.push("a again"));
  await Promise.resolve();
  await step();
  expect(log).toEqual(["b", "a again"]);
});
