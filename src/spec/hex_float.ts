/** Hexadecimal floating-point literals with a binary exponent, such as `0x1.8p3`. @module */

const PARTS = /^([+-]?)0x([\da-f]*)\.?([\da-f]*)p([+-]?\d+)$/i;
const SMALLEST_EXPONENT = -1074;
const KEPT_BITS = 64;

/** The nearest double, ties to even; infinite when it exceeds one, undefined without any digit. */
export function parseHexFloat(text: string): number | undefined {
  const [, sign, whole = "", fraction = "", exponent] = PARTS.exec(text) ?? [];
  if (whole + fraction === "" || exponent === undefined) return undefined;
  const mantissa = BigInt(`0x${whole}${fraction}`);
  const magnitude = scale(mantissa, Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -magnitude : magnitude;
}

/** mantissa · 2^exponent, rounded once. */
function scale(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  if (bits + exponent > 1024) return Infinity;
  if (bits + exponent < SMALLEST_EXPONENT - 1) return 0;
  const missing = SMALLEST_EXPONENT - exponent;
  if (bits + exponent < -1021 && missing > 0) {
    return Number(shiftRight(mantissa, missing)) * Number.MIN_VALUE;
  }
  const surplus = Math.max(0, bits - KEPT_BITS);
  const lost = mantissa & ((1n << BigInt(surplus)) - 1n);
  const kept = Number((mantissa >> BigInt(surplus)) | (lost > 0n ? 1n : 0n));
  const power = exponent + surplus;
  const half = Math.trunc(power / 2);
  return kept * 2 ** half * 2 ** (power - half);
}

/** Divides by 2^count and rounds to the nearest, ties to even. */
function shiftRight(value: bigint, count: number): bigint {
  const shift = BigInt(count);
  const quotient = value >> shift;
  const rest = value - (quotient << shift);
  const half = 1n << (shift - 1n);
  const up = rest > half || (rest === half && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}
