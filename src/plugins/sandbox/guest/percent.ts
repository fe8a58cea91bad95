/** Percent encoding of URLs. @module */
import { GuestTextDecoder, GuestTextEncoder } from "./text.ts";

const encoder = new GuestTextEncoder();
const decoder = new GuestTextDecoder();
const HEX = "0123456789ABCDEF";

/** Characters that stay in each part of a URL, besides letters and digits. */
export const KEEP = {
  fragment: "!#$%&'()*+,-./:;=?@[\\]^_{|}~",
  query: "!$%&()*+,-./:;=?@[\\]^_`{|}~",
  path: "!$%&'()*+,-./:;=@[\\]^_|~",
  userinfo: "!$%&'()*+,-._~",
  form: "*-._",
} as const;

/** Percent-encodes everything outside letters, digits and `keep`. */
export function encodePart(text: string, keep: string): string {
  let out = "";
  for (const byte of encoder.encode(text)) {
    const char = String.fromCharCode(byte);
    out +=
      /[A-Za-z0-9]/.test(char) || (byte < 0x80 && keep.includes(char))
        ? char
        : `%${HEX[byte >> 4]}${HEX[byte & 15]}`;
  }
  return out;
}

/** Replaces percent escapes; bad ones stay as they are. */
export function decodePart(text: string): string {
  if (!text.includes("%")) return text;
  const bytes: number[] = [];
  const source = encoder.encode(text);
  for (let at = 0; at < source.length; at++) {
    const code = source[at]!;
    const digits = String.fromCharCode(source[at + 1] ?? 0, source[at + 2] ?? 0);
    if (code === 0x25 && /^[0-9A-Fa-f]{2}$/.test(digits)) {
      bytes.push(Number.parseInt(digits, 16));
      at += 2;
    } else bytes.push(code);
  }
  return decoder.decode(Uint8Array.from(bytes));
}
