/** Reads WebAssembly binaries: numbers, limits, and the length of every instruction. @module */

/** Operators with a meaning of their own here. */
export const OP = {
  unreachable: 0x00,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i32LessSigned: 0x48,
  i32Sub: 0x6b,
  i32ShiftRightUnsigned: 0x76,
  prefixed: 0xfc,
} as const;

/** Bytes from a position on. */
export class WasmReader {
  at: number;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.bytes[this.at++]!;
  }

  /** An unsigned LEB128 number. */
  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  skip(count: number): void {
    this.at += count;
  }

  skipNumbers(count: number): void {
    for (let i = 0; i < count; i++) this.number();
  }

  skipLimits(): void {
    const flags = this.byte();
    this.skipNumbers(flags & 1 ? 2 : 1);
  }

  /** Skips one instruction and gives its operator; throws on one it does not know. */
  instruction(): number {
    const op = this.byte();
    if (op === 0x0e) this.skipNumbers(this.number() + 1);
    else if (op === 0x1c) this.skip(this.number());
    else if (op === 0x43) this.skip(4);
    else if (op === 0x44) this.skip(8);
    else if (op === OP.prefixed) this.#prefixed();
    else this.skipNumbers(immediates(op, this.at));
    return op;
  }

  #prefixed(): void {
    const sub = this.number();
    if (sub <= 7) return;
    if (sub === 8 || sub === 10 || sub === 12 || sub === 14) this.skipNumbers(2);
    else if (sub <= 17) this.number();
    else throw new Error(`unknown instruction 0xfc ${sub} before byte ${this.at}`);
  }
}

/** How many LEB128 numbers follow an operator of fixed shape. */
function immediates(op: number, at: number): number {
  if (op >= 0x02 && op <= 0x04) return 1;
  if (op === 0x0c || op === 0x0d || op === 0x10 || op === 0x12) return 1;
  if (op >= 0x20 && op <= 0x26) return 1;
  if (op === 0xd0 || op === 0xd2 || op === 0x3f || op === 0x40) return 1;
  if (op === 0x41 || op === 0x42) return 1;
  if (op === 0x11 || op === 0x13) return 2;
  if (op >= 0x28 && op <= 0x3e) return 2;
  const plain = [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1];
  if (plain.includes(op) || (op >= 0x45 && op <= 0xc4)) return 0;
  throw new Error(`unknown instruction 0x${op.toString(16)} before byte ${at}`);
}
