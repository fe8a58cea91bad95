/**
 * Writes a fuel counter into a WebAssembly binary.
 *
 * Every function entry and every turn of a loop costs one unit of an exported mutable i32 global;
 * bulk memory instructions cost their length over 64. Below zero the instance traps. It is the only
 * limit of processor time that stops every loop on every runtime, and the same work costs the same
 * everywhere.
 *
 * @module
 */
import { OP, WasmReader } from "./wasm_reader.ts";

/** The export under which the counter can be read and set. */
export const FUEL_EXPORT = "fuel";
const PAGE = 65_536;
const BULK_SHIFT = 6;
const I32 = 0x7f;
const EMPTY_BLOCK = 0x40;
const SECTION = { type: 1, import: 2, function: 3, memory: 5, global: 6, export: 7, code: 10 };
const FULL = [0xff, 0xff, 0xff, 0xff, 0x07];

/** What the rewriting of the code needs to know of the sections before it. */
interface Facts {
  readonly parameters: number[];
  readonly functions: number[];
  importedGlobals: number;
  /** Index of the counter; set by the global section. */
  fuel: number | undefined;
}

/** A metered copy of a module whose memory cannot grow beyond `maxMemory` bytes. */
export function meter(wasm: Uint8Array, maxMemory: number): Uint8Array {
  const reader = new WasmReader(wasm, 8);
  const facts: Facts = { parameters: [], functions: [], importedGlobals: 0, fuel: undefined };
  const parts: Uint8Array[] = [wasm.subarray(0, 8)];
  while (reader.at < wasm.length) {
    const id = reader.byte();
    const length = reader.number();
    const end = reader.at + length;
    const body = rewriteSection(id, wasm.subarray(reader.at, end), facts, maxMemory);
    parts.push(Uint8Array.from([id, ...leb(body.length)]), body);
    reader.at = end;
  }
  return join(parts);
}

function rewriteSection(id: number, body: Uint8Array, facts: Facts, maxMemory: number): Uint8Array {
  const reader = new WasmReader(body);
  switch (id) {
    case SECTION.type:
      readTypes(reader, facts);
      return body;
    case SECTION.import:
      readImports(reader, facts);
      return body;
    case SECTION.function:
      for (let left = reader.number(); left > 0; left--) facts.functions.push(reader.number());
      return body;
    case SECTION.memory:
      return capMemory(reader, maxMemory);
    case SECTION.global:
      return addGlobal(reader, facts);
    case SECTION.export:
      return addExport(reader, facts);
    case SECTION.code:
      return meterCode(reader, facts);
    default:
      return body;
  }
}

function readTypes(reader: WasmReader, facts: Facts): void {
  for (let left = reader.number(); left > 0; left--) {
    if (reader.byte() !== 0x60) throw new Error("only function types can be metered");
    const parameters = reader.number();
    reader.skip(parameters);
    reader.skip(reader.number());
    facts.parameters.push(parameters);
  }
}

function readImports(reader: WasmReader, facts: Facts): void {
  for (let left = reader.number(); left > 0; left--) {
    for (let name = 0; name < 2; name++) {
      const length = reader.number();
      reader.skip(length);
    }
    const kind = reader.byte();
    if (kind === 0) reader.number();
    else if (kind === 1) {
      reader.skip(1);
      reader.skipLimits();
    } else if (kind === 2) reader.skipLimits();
    else {
      reader.skip(2);
      facts.importedGlobals++;
    }
  }
}

function capMemory(reader: WasmReader, maxMemory: number): Uint8Array {
  if (reader.number() !== 1) throw new Error("exactly one memory can be metered");
  reader.byte();
  return Uint8Array.from([1, 1, ...leb(reader.number()), ...leb(Math.floor(maxMemory / PAGE))]);
}

function addGlobal(reader: WasmReader, facts: Facts): Uint8Array {
  const count = reader.number();
  facts.fuel = facts.importedGlobals + count;
  const counter = [I32, 1, OP.i32Const, ...FULL, OP.end];
  return join([
    Uint8Array.from(leb(count + 1)),
    reader.bytes.subarray(reader.at),
    Uint8Array.from(counter),
  ]);
}

function addExport(reader: WasmReader, facts: Facts): Uint8Array {
  const count = reader.number();
  const name = new TextEncoder().encode(FUEL_EXPORT);
  return join([
    Uint8Array.from(leb(count + 1)),
    reader.bytes.subarray(reader.at),
    Uint8Array.from([...leb(name.length), ...name, 3, ...leb(fuelOf(facts))]),
  ]);
}

function meterCode(reader: WasmReader, facts: Facts): Uint8Array {
  const fuel = leb(fuelOf(facts));
  const count = reader.number();
  const parts: Uint8Array[] = [Uint8Array.from(leb(count))];
  for (let index = 0; index < count; index++) {
    const size = reader.number();
    const end = reader.at + size;
    const body = meterFunction(reader, end, fuel, facts.parameters[facts.functions[index]!]!);
    parts.push(Uint8Array.from(leb(body.length)), body);
  }
  return join(parts);
}

/** One function body with one more local, a tick at its start and in each loop, and a price on bulk moves. */
function meterFunction(
  reader: WasmReader,
  end: number,
  fuel: readonly number[],
  parameters: number,
): Uint8Array {
  const { bytes } = reader;
  const groups = reader.number();
  const declared = reader.at;
  let locals = parameters;
  for (let group = 0; group < groups; group++) {
    locals += reader.number();
    reader.skip(1);
  }
  const tick = Uint8Array.from(tickOf(fuel));
  const price = Uint8Array.from(priceOf(fuel, leb(locals)));
  const parts: Uint8Array[] = [
    Uint8Array.from(leb(groups + 1)),
    bytes.subarray(declared, reader.at),
    Uint8Array.from([1, I32]),
    tick,
  ];
  let from = reader.at;
  while (reader.at < end) {
    const start = reader.at;
    const op = reader.instruction();
    if (op === OP.prefixed && (bytes[start + 1] === 10 || bytes[start + 1] === 11)) {
      parts.push(bytes.subarray(from, start), price);
      from = start;
    } else if (op === OP.loop) {
      parts.push(bytes.subarray(from, reader.at), tick);
      from = reader.at;
    }
  }
  if (reader.at !== end) throw new Error(`instructions run over the end of a function at ${end}`);
  parts.push(bytes.subarray(from, end));
  return join(parts);
}

/** `fuel -= 1; if (fuel < 0) unreachable` */
function tickOf(fuel: readonly number[]): number[] {
  const take = [OP.globalGet, ...fuel, OP.i32Const, 1, OP.i32Sub, OP.globalSet, ...fuel];
  const check = [OP.globalGet, ...fuel, OP.i32Const, 0, OP.i32LessSigned];
  return [...take, ...check, OP.if, EMPTY_BLOCK, OP.unreachable, OP.end];
}

/** With a length on the stack, which stays there: `fuel -= length >>> 6`. */
function priceOf(fuel: readonly number[], local: readonly number[]): number[] {
  const length = [OP.localGet, ...local, OP.i32Const, BULK_SHIFT, OP.i32ShiftRightUnsigned];
  return [
    OP.localTee,
    ...local,
    OP.globalGet,
    ...fuel,
    ...length,
    OP.i32Sub,
    OP.globalSet,
    ...fuel,
  ];
}

function fuelOf(facts: Facts): number {
  if (facts.fuel === undefined) throw new Error("a module without globals cannot be metered");
  return facts.fuel;
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  do {
    const low = left & 127;
    left >>>= 7;
    bytes.push(left > 0 ? low | 128 : low);
  } while (left > 0);
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
