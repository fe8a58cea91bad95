/** A bound on how deep JSON may be nested. @module */

/** Deeper data would exhaust the stack of whoever walks it. */
export const DEEPEST = 256;

/** Tells whether a JSON text is nested deeper than {@link DEEPEST} levels, without walking a value. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (quoted) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > DEEPEST) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}
