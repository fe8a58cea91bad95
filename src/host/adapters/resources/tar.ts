/** The tar format, as far as Helm charts use it. @module */
import { KeptnError } from "../../../spec/errors.ts";

export interface TarFile {
  readonly path: string;
  readonly content: Uint8Array;
}

const BLOCK = 512;
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
const CHECKSUM = { at: 148, length: 8 };

/**
 * The regular files of an archive, in order; folders and links are passed over.
 *
 * @throws {KeptnError} ERR_FILE_INVALID for what is no tar
 */
export function readTar(archive: Uint8Array): TarFile[] {
  const files: TarFile[] = [];
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const size = octal(header, 124, 12);
    const end = at + BLOCK + size;
    if (
      checksumOf(header) !== octal(header, CHECKSUM.at, CHECKSUM.length) ||
      end > archive.length
    ) {
      throw new KeptnError("ERR_FILE_INVALID", `no tar archive: broken header at byte ${at}`);
    }
    const content = archive.subarray(at + BLOCK, end);
    const kind = String.fromCharCode(header[156]!);
    if (kind === "L") longName = text(content, 0, content.length);
    else if (kind === "x") longName = paxPath(content) ?? longName;
    else if (kind !== "g") {
      if (kind === "0" || kind === "\0") files.push({ path: longName ?? nameOf(header), content });
      longName = undefined;
    }
    at = end + ((BLOCK - (size % BLOCK)) % BLOCK);
  }
  return files;
}

/** An archive of regular files, the same for the same files. */
export function writeTar(files: readonly TarFile[]): Uint8Array {
  const parts = files.flatMap(({ path, content }) => [
    ...headersOf(path, content.length),
    padded(content),
  ]);
  parts.push(new Uint8Array(2 * BLOCK));
  const archive = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

/** One header, preceded by GNU's long name where the path does not fit. */
function headersOf(path: string, size: number): Uint8Array[] {
  const name = new TextEncoder().encode(path);
  if (name.length <= NAME_BYTES) return [header(name, size, "0")];
  const long = new Uint8Array(name.length + 1);
  long.set(name);
  const marker = new TextEncoder().encode("././@LongLink");
  return [
    header(marker, long.length, "L"),
    padded(long),
    header(name.subarray(0, NAME_BYTES), size, "0"),
  ];
}

function header(name: Uint8Array, size: number, kind: string): Uint8Array {
  const block = new Uint8Array(BLOCK);
  block.set(name);
  put(block, 100, "0000644\0");
  put(block, 108, "0000000\0");
  put(block, 116, "0000000\0");
  put(block, 124, `${size.toString(8).padStart(11, "0")}\0`);
  put(block, 136, "00000000000\0");
  put(block, 156, kind);
  put(block, 257, "ustar\u000000");
  put(block, CHECKSUM.at, `${checksumOf(block).toString(8).padStart(6, "0")}\0 `);
  return block;
}

function padded(content: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(content.length / BLOCK) * BLOCK);
  whole.set(content);
  return whole;
}

/** Sum of the header's bytes, with its own field taken as blanks. */
function checksumOf(block: Uint8Array): number {
  const { at, length } = CHECKSUM;
  return block.reduce((sum, byte, i) => sum + (i >= at && i < at + length ? 32 : byte), 0);
}

function nameOf(block: Uint8Array): string {
  const ustar = text(block, 257, 5) === "ustar";
  const prefix = ustar ? text(block, 345, PREFIX_BYTES) : "";
  const name = text(block, 0, NAME_BYTES);
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** The path of a pax header: records of the form `<length> <key>=<value>\n`. */
function paxPath(records: Uint8Array): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(new TextDecoder().decode(records))?.[1];
}

function text(block: Uint8Array, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(block: Uint8Array, at: number, length: number): number {
  return Number.parseInt(text(block, at, length).trim() || "0", 8);
}

function put(block: Uint8Array, at: number, value: string): void {
  block.set(new TextEncoder().encode(value), at);
}
