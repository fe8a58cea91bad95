/** Ids that follow from what caused them, so that replaying the log makes the same ones. @module */

const SEEDS = [597399067, 2869860233, 951274213, 2716044179] as const;

/**
 * The n-th id that an input leads to, in the form of a name-based UUID.
 *
 * Not a secret and no defence against forgery: inputs carry random ids of their own.
 */
export function derivedId(cause: string, n: number): string {
  const words = mix(`${cause}/${n}`);
  const hex = words.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Mixes a text into four 32-bit words, each of which depends on every character. */
function mix(text: string): number[] {
  let [a, b, c, d] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = b ^ Math.imul(a ^ code, SEEDS[0]);
    b = c ^ Math.imul(b ^ code, SEEDS[1]);
    c = d ^ Math.imul(c ^ code, SEEDS[2]);
    d = a ^ Math.imul(d ^ code, SEEDS[3]);
  }
  a = Math.imul(c ^ (a >>> 18), SEEDS[0]);
  b = Math.imul(d ^ (b >>> 22), SEEDS[1]);
  c = Math.imul(a ^ (c >>> 17), SEEDS[2]);
  d = Math.imul(b ^ (d >>> 19), SEEDS[3]);
  return [a ^ b ^ c ^ d, b ^ a, c ^ a, d ^ a];
}
