/** Finds the author's line behind a guest's stack; the only importer of trace-mapping. @module */
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type { Bundle, SourcePosition } from "./types.ts";

const FRAME = /^at (?:(\S+) )?\(?([^\s()]+?)(?::(\d+):(\d+))?\)?$/;
/** Sources of the platform's own guest code, and the few lines that tie it to the plugin. */
const PLATFORM = "periplus:";
const ENTRY = "periplus:entry";
const MAX_FRAMES = 50;
const MAX_LOOKUPS = 3;
const MAX_MATCHES = 20;
/** QuickJS calls the first column of a token 2 where source maps call it 0. */
const FIRST_COLUMN = 2;

/** Looks positions up in one bundle's map, which is parsed when first needed. */
export function createPositions(
  bundle: Omit<Bundle, "manifest">,
): (stack: string) => SourcePosition | undefined {
  let map: TraceMap | undefined;
  const original = (line: number, column: number): SourcePosition | "entry" | undefined => {
    map ??= new TraceMap(bundle.map);
    // The stack is the guest's to write: any number may stand there.
    const at = { line: Math.max(line, 1), column: Math.max(column, 0) };
    const found = originalPositionFor(map, at);
    if (found.source === ENTRY) return "entry";
    if (found.source === null || found.source.startsWith(PLATFORM)) return undefined;
    return { file: found.source, line: found.line, column: found.column + 1 };
  };
  return (stack) => {
    let lookups = 0;
    for (const frame of stack.split("\n").slice(0, MAX_FRAMES)) {
      const [, name, place, line, column] = FRAME.exec(frame.trim()) ?? [];
      const own = place === `${bundle.name}.js`;
      const mapped = own ? original(Number(line), Number(column) - FIRST_COLUMN) : undefined;
      // A loop that calls nothing leaves no position behind, only the name of its function.
      const lost = mapped === "entry" || place === "missing";
      if (lost && ++lookups > MAX_LOOKUPS) return undefined;
      const found = lost ? declared(bundle.code, name, original) : mapped;
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function declared(
  code: string,
  name: string | undefined,
  original: (line: number, column: number) => SourcePosition | "entry" | undefined,
): SourcePosition | undefined {
  if (name === undefined || !/^[\w$]+$/.test(name)) return undefined;
  const pattern = new RegExp(`(?<![\\w$.])${name.replaceAll("$", "\\$")}\\s*[(=:]`, "g");
  let matches = 0;
  for (const { index } of code.matchAll(pattern)) {
    if (++matches > MAX_MATCHES) return undefined;
    // A bundle is one line.
    const found = original(1, index);
    if (found !== undefined && found !== "entry") return found;
  }
  return undefined;
}
