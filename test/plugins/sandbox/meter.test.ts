import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { buildMeteredQuickJs } from "../../../src/plugins/adapters/metered.ts";
import { meter } from "../../../src/plugins/sandbox/meter.ts";

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** A module with `spin(n)`, which counts down from n in a loop, and `fill(n)`, which clears n bytes. */
const MODULE = Uint8Array.from([
  ...MAGIC,
  ...[1, 5, 1, 0x60, 1, 0x7f, 0],
  ...[3, 3, 2, 0, 0],
  ...[5, 3, 1, 0, 2],
  ...[6, 6, 1, 0x7f, 0, 0x41, 7, 0x0b],
  ...[7, 15, 2, 4, ...text("spin"), 0, 0, 4, ...text("fill"), 0, 1],
  ...[10, 29, 2],
  ...[14, 0, 0x03, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x0b],
  ...[11, 0, 0x41, 0, 0x41, 0, 0x20, 0, 0xfc, 11, 0, 0x0b],
]);

function text(letters: string): number[] {
  return [...letters].map((letter) => letter.charCodeAt(0));
}

interface Metered {
  readonly spin: (turns: number) => void;
  readonly fill: (bytes: number) => void;
  readonly fuel: WebAssembly.Global<"i32">;
}

async function metered(maxMemory = 131_072): Promise<Metered> {
  const bytes = meter(MODULE, maxMemory) as Uint8Array<ArrayBuffer>;
  const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(bytes));
  return exports as unknown as Metered;
}

test("a function costs one, each turn of a loop one more", async () => {
  const { spin, fuel } = await metered();
  fuel.value = 100;
  spin(10);
  expect(fuel.value).toBe(100 - 1 - 10);
});

test("a bulk move costs its length over 64", async () => {
  const { fill, fuel } = await metered();
  fuel.value = 1_000;
  fill(6_400);
  expect(fuel.value).toBe(1_000 - 1 - 100);
});

test("without fuel the module traps, and with new fuel it runs again", async () => {
  const { spin, fuel } = await metered();
  fuel.value = 5;
  expect(() => spin(10)).toThrow(WebAssembly.RuntimeError);
  expect(fuel.value).toBe(-1);
  fuel.value = 5;
  spin(3);
  expect(fuel.value).toBe(1);
});

test("what cannot be metered is refused by name", () => {
  const strange = MODULE.slice();
  strange[strange.length - 10] = 0xff;
  const noGlobals = Uint8Array.from([...MAGIC, 10, 1, 0]);
  expect(() => meter(noGlobals, 65_536)).toThrow(/without globals/);
  expect(() => meter(strange, 65_536)).toThrow(/unknown instruction 0xff/);
});

test("the metered QuickJS is the same wherever it is built", async () => {
  const wasm = await buildMeteredQuickJs();
  expect(WebAssembly.validate(wasm as Uint8Array<ArrayBuffer>)).toBe(true);
  const again = await buildMeteredQuickJs();
  const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
  expect(hash(again)).toBe(hash(wasm));
});
