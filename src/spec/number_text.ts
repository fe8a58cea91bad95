/** Numbers as Go reads and prints them. @module */
import { parseHexFloat } from "./hex_float.ts";

const INFINITE = /^[+-]?inf(inity)?$/i;
const DECIMAL = /^[+-]?(\d[\d_]*(\.[\d_]*)?|\.[\d_]+)(e[+-]?\d[\d_]*)?$/i;
const HEXADECIMAL = /^[+-]?0x[\da-f_]*(\.[\da-f_]*)?p[+-]?\d[\d_]*$/i;

/**
 * The double of a floating-point literal as Go's ParseFloat takes it, or undefined if it is none.
 *
 * Decimals, exponents, hexadecimal floats, `inf`, `nan` and single underscores between digits count;
 * units, comma decimals and what exceeds a double do not (Keptn: lighthouse.md 2).
 */
export function parseNumber(text: string): number | undefined {
  if (/^nan$/i.test(text)) return NaN;
  if (INFINITE.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (text.includes("_") && !underscoresSeparateDigits(text)) return undefined;
  const value = HEXADECIMAL.test(text)
    ? parseHexFloat(text.replaceAll("_", ""))
    : DECIMAL.test(text)
      ? Number(text.replaceAll("_", ""))
      : undefined;
  return value === undefined || Number.isFinite(value) ? value : undefined;
}

/** A double as Go prints it: shortest digits, exponent form below 0.0001 and from 1000000 upwards. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const [digits, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (value === 0 || (power >= -4 && power < 6)) return String(value);
  const sign = power < 0 ? "-" : "+";
  return `${digits}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** Go wants a digit, or the prefix `0x`, before each underscore and a digit after it. */
function underscoresSeparateDigits(text: string): boolean {
  const hexadecimal = /^[+-]?0x/i.test(text);
  const body = hexadecimal ? text.replace(/^[+-]?0x/i, "0") : text;
  const lonely = hexadecimal ? /(^|[^\da-f])_|_([^\da-f]|$)/i : /(^|\D)_|_(\D|$)/;
  return !lonely.test(body);
}
