/** UTF-8 between texts and bytes. @module */

const REPLACEMENT = "\ufffd";

export class GuestTextEncoder {
  readonly encoding = "utf-8";

  encode(text = ""): Uint8Array {
    const bytes: number[] = [];
    for (const char of String(text)) push(bytes, char.codePointAt(0)!);
    return Uint8Array.from(bytes);
  }

  encodeInto(text: string, into: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    for (const char of String(text)) {
      const bytes: number[] = [];
      push(bytes, char.codePointAt(0)!);
      if (written + bytes.length > into.length) break;
      into.set(bytes, written);
      written += bytes.length;
      read += char.length;
    }
    return { read, written };
  }
}

function push(bytes: number[], point: number): void {
  const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
  if (code < 0x80) bytes.push(code);
  else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
  else if (code < 0x10000) {
    bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  } else {
    bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63));
    bytes.push(0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
}

export class GuestTextDecoder {
  readonly encoding = "utf-8";
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;

  constructor(label = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) {
      throw new RangeError(`TextDecoder: only utf-8 exists here, not ${JSON.stringify(label)}`);
    }
    this.fatal = options.fatal === true;
    this.ignoreBOM = options.ignoreBOM === true;
  }

  decode(input?: ArrayBuffer | ArrayBufferView): string {
    const bytes = bytesOf(input);
    const start = !this.ignoreBOM && startsWithMark(bytes) ? 3 : 0;
    const parts: string[] = [];
    let run = "";
    for (let at = start; at < bytes.length;) {
      const [text, length, bad] = decodeAt(bytes, at);
      if (bad && this.fatal) {
        throw new TypeError("The encoded data was not valid for encoding utf-8");
      }
      run += text;
      at += length;
      if (run.length > 4_096) {
        parts.push(run);
        run = "";
      }
    }
    return parts.join("") + run;
  }
}

/** One character and the bytes it took; a bad sequence gives the replacement for its longest valid start. */
function decodeAt(bytes: Uint8Array, at: number): [text: string, length: number, bad?: true] {
  const first = bytes[at]!;
  if (first < 0x80) return [String.fromCharCode(first), 1];
  const need = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4) return [REPLACEMENT, 1, true];
  let point = first & (0x3f >> need);
  for (let i = 1; i <= need; i++) {
    const next = bytes[at + i];
    const [low, high] = i === 1 ? secondRange(first) : [0x80, 0xbf];
    if (next === undefined || next < low || next > high) return [REPLACEMENT, i, true];
    point = (point << 6) | (next & 63);
  }
  return [String.fromCodePoint(point), need + 1];
}

function secondRange(first: number): [low: number, high: number] {
  if (first === 0xe0) return [0xa0, 0xbf];
  if (first === 0xed) return [0x80, 0x9f];
  if (first === 0xf0) return [0x90, 0xbf];
  if (first === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}

function startsWithMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** The bytes of a buffer or a view of one. */
export function bytesOf(input?: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (input === undefined) return new Uint8Array();
  if (ArrayBuffer.isView(input)) {
    return new Uint8Array(input.buffer as ArrayBuffer, input.byteOffset, input.byteLength);
  }
  return new Uint8Array(input);
}
