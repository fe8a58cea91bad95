/** YAML with positions; the only file that imports the parser. @module */
import { type Document, isAlias, isCollection, LineCounter, parseDocument } from "yaml";
import type { Json } from "./json.ts";

/** A fault in a text: 1-based line and column, what is wrong, what would be right. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface YamlText {
  /** The parsed value; undefined when `problems` is not empty. */
  readonly value: Json | undefined;
  readonly problems: readonly Problem[];
  /** Where the value at a path stands; the nearest parent when the path does not exist. */
  position(path: readonly (string | number)[]): { line: number; column: number };
}

const MAX_ALIASES = 100;

/**
 * Parses one YAML document (JSON is YAML too).
 *
 * `version` 1.1 reads `on`, `yes` and octals as Keptn's Go readers did where that matters.
 */
export function readYaml(text: string, version: "1.1" | "1.2" = "1.2"): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version,
    merge: true,
    uniqueKeys: true,
  });
  const problems = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { line, column: col, message: firstLine(error.message) };
  });
  const position = (path: readonly (string | number)[]): { line: number; column: number } =>
    positionOf(document, lines, path);
  if (problems.length > 0) return { value: undefined, problems, position };
  try {
    const value = document.toJS({ maxAliasCount: MAX_ALIASES, mapAsMap: false }) as Json;
    return { value: value ?? null, problems, position };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { value: undefined, problems: [{ line: 1, column: 1, message }], position };
  }
}

function positionOf(
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly (string | number)[],
): { line: number; column: number } {
  let node: unknown = document.contents;
  let offset = rangeStart(node);
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isCollection(node)) break;
    const pair = (node.items as unknown[]).find(
      (item) => (item as { key?: { value?: unknown } }).key?.value === key,
    ) as { key: unknown; value: unknown } | undefined;
    const next = pair ? pair.value : typeof key === "number" ? node.items[key] : undefined;
    if (next === undefined) break;
    offset = rangeStart(pair?.key ?? next) ?? offset;
    node = next;
  }
  const { line, col } = lines.linePos(offset ?? 0);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function rangeStart(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | null)?.range?.[0];
}

function firstLine(message: string): string {
  return message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
}
