/** Host names of URLs. @module */
import { decodePart, encodePart, KEEP } from "./percent.ts";

const FORBIDDEN = /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f]/;

/** A host as URLs show it: lower case, IPv4 numbers spelled out; throws on forbidden characters. */
export function hostOf(text: string, special: boolean): string {
  if (text.startsWith("[")) {
    if (!/^\[[0-9A-Fa-f:.]+\]$/.test(text)) throw invalid(text);
    return text.toLowerCase();
  }
  if (!special) return encodePart(text, KEEP.path);
  const host = decodePart(text).toLowerCase();
  if (FORBIDDEN.test(host)) throw invalid(text);
  if (/[^\0-\x7f]/.test(host)) {
    throw new TypeError(`Invalid URL: write the host ${JSON.stringify(text)} in its xn-- spelling`);
  }
  return /(^|\.)(\d+|0x[0-9a-f]*)\.?$/.test(host) ? ipv4(host) : host;
}

function ipv4(host: string): string {
  const numbers = host.replace(/\.$/, "").split(".").map(numberOf);
  const last = numbers.pop()!;
  const room = 256 ** (4 - numbers.length);
  if (numbers.length > 3 || numbers.some((n) => !(n <= 255)) || !(last < room)) throw invalid(host);
  let value = last;
  numbers.forEach((n, index) => (value += n * 256 ** (3 - index)));
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

function numberOf(text: string): number {
  if (/^0x[0-9a-f]*$/.test(text)) return Number.parseInt(text.slice(2) || "0", 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function invalid(text: string): TypeError {
  return new TypeError(`Invalid URL: ${JSON.stringify(text)} is no host`);
}
