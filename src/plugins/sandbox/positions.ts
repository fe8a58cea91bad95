/** Finds the author's line behind a guest's stack; the only importer of trace-mapping. @module */
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type { SourcePosition } from "./types.ts";

const FRAME = /\(?([^\s()]+):(\d+):(\d+)\)?$/;
/** Sources of the platform's own guest code. */
const PLATFORM = "periplus:";

/** Looks positions up in one bundle's map, which is parsed when first needed. */
export function createPositions(
  bundle: string,
  map: string,
): (stack: string) => SourcePosition | undefined {
  let parsed: TraceMap | undefined;
  return (stack) => {
    for (const line of stack.split("\n").slice(0, 50)) {
      const frame = FRAME.exec(line.trim());
      if (frame?.[1] !== `${bundle}.js`) continue;
      parsed ??= new TraceMap(map);
      // Columns of stacks count from 1, of maps from 0.
      const at = { line: Number(frame[2]), column: Math.max(0, Number(frame[3]) - 1) };
      const found = originalPositionFor(parsed, at);
      if (found.source === null || found.source.startsWith(PLATFORM)) continue;
      return { file: found.source, line: found.line, column: found.column + 1 };
    }
    return undefined;
  };
}
