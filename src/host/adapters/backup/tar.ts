/** The tar format, as far as a backup needs it: regular files, long names through pax headers. @module */
import { KeptnError } from "../../../spec/errors.ts";

const BLOCK = 512;
/** Two empty blocks end an archive. */
export const TAR_END = new Uint8Array(2 * BLOCK);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface TarEntry {
  /** Path with slashes, relative. */
  readonly name: string;
  /** Bytes of content. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly changed: number;
  readonly mode: number;
}

/** The blocks that stand before an entry's content. */
export function tarHeader(entry: TarEntry): Uint8Array {
  if (encoder.encode(entry.name).length <= 100) return header(entry, "0");
  const record = paxRecord("path", entry.name);
  const about = header({ ...entry, name: "pax", size: record.length }, "x");
  const short = header({ ...entry, name: entry.name.slice(-60) }, "0");
  return joined([about, record, padding(record.length), short]);
}

/** What fills an entry's content up to whole blocks. */
export function padding(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

function header({ name, size, changed, mode }: TarEntry, type: string): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (text: string, at: number): void => block.set(encoder.encode(text), at);
  put(name, 0);
  put(octal(mode, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(Math.floor(changed / 1_000), 11), 136);
  put("        ", 148);
  put(type, 156);
  put("ustar\u000000", 257);
  put(`${octal(checksum(block), 6)}\u0000 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte) => sum + byte, 0);
}

/** `LENGTH key=value\n`, where LENGTH counts its own digits. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = encoder.encode(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return encoder.encode(`${length} ${key}=${value}\n`);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Reads blocks of a stream whose chunks have any size. */
class Blocks {
  private readonly source: AsyncIterator<Uint8Array>;
  private rest = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** At most `most` bytes, at least one; undefined at the end. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.rest.length === 0) {
      const next = await this.source.next();
      if (next.done) return undefined;
      this.rest = new Uint8Array(next.value);
    }
    const taken = this.rest.subarray(0, most);
    this.rest = this.rest.subarray(taken.length);
    return taken;
  }

  async *bytes(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0;) {
      const part = await this.some(left);
      if (part === undefined) throw damaged("it ends in the middle of a file");
      left -= part.length;
      yield part;
    }
  }

  async whole(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this.bytes(count)) parts.push(part);
    return joined(parts);
  }
}

/**
 * Hands each file of an archive to `take`, which has to read its content.
 *
 * @throws {KeptnError} ERR_FILE_INVALID when the archive is damaged or incomplete
 */
export async function readTar(
  source: AsyncIterable<Uint8Array>,
  take: (entry: TarEntry, content: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const blocks = new Blocks(source);
  let longName: string | undefined;
  for (;;) {
    const block = await blocks.whole(BLOCK);
    if (block.every((byte) => byte === 0)) return;
    const entry = readHeader(block);
    if (block[156] === "x".charCodeAt(0)) {
      const record = decoder.decode(await blocks.whole(entry.size));
      longName = /^\d+ path=(.*)\n$/s.exec(record)?.[1];
    } else {
      await take({ ...entry, name: longName ?? entry.name }, blocks.bytes(entry.size));
      longName = undefined;
    }
    await blocks.whole(padding(entry.size).length);
  }
}

function readHeader(block: Uint8Array): TarEntry {
  const textOf = (at: number, length: number): string =>
    decoder.decode(block.subarray(at, at + length)).replace(/[\u0000 ].*$/s, "");
  const numberOf = (at: number, length: number): number => parseInt(textOf(at, length), 8);
  const sum = numberOf(148, 8);
  const blank = new Uint8Array(block).fill(32, 148, 156);
  if (sum !== checksum(blank)) throw damaged("a header has the wrong checksum");
  return {
    name: decoder.decode(block.subarray(0, 100)).replace(/\u0000.*$/s, ""),
    mode: numberOf(100, 8),
    size: numberOf(124, 12),
    changed: numberOf(136, 12) * 1_000,
  };
}

function damaged(why: string): KeptnError {
  return new KeptnError("ERR_FILE_INVALID", `the archive is damaged: ${why}`);
}
