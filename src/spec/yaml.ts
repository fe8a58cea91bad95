/** YAML with positions; the only file that imports the parser. @module */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  stringify,
} from "yaml";
import type { Json } from "./json.ts";
import { withHint } from "./yaml_hints.ts";
import type { Position, YamlMap, YamlNode, YamlScalar } from "./yaml_tree.ts";

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
 * Parses the first YAML document of a text (JSON is YAML too).
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
  const problems = problemsOf(document, lines);
  const position = (path: readonly (string | number)[]): { line: number; column: number } =>
    positionOf(document, lines, path);
  if (problems.length > 0) return { value: undefined, problems, position };
  try {
    const value = document.toJS({ maxAliasCount: MAX_ALIASES, mapAsMap: false }) as Json;
    return { value: value ?? null, problems, position };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const name = /^Unresolved alias .*: (.+)$/.exec(message)?.[1];
    const offset = name === undefined ? 0 : Math.max(0, text.indexOf(`*${name}`));
    const { line, col } = lines.linePos(offset);
    const problem = { line: Math.max(line, 1), column: Math.max(col, 1), message };
    return { value: undefined, problems: [problem], position };
  }
}

/** A document as a tree of source texts; `root` is absent when it is empty or has problems. */
export interface YamlTree {
  readonly root: YamlNode | undefined;
  readonly problems: readonly Problem[];
}

/** Parses the first document of a text without resolving any scalar. */
export function readYamlTree(text: string): YamlTree {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    schema: "failsafe",
    // Readers refuse repeated keys themselves, in the mappings that they look at, as Go does.
    uniqueKeys: false,
  });
  const problems = problemsOf(document, lines);
  const empty = document.contents === null && document.directives?.docStart !== true;
  if (problems.length > 0 || empty) return { root: undefined, problems };
  const builder: TreeBuilder = { document, lines, aliases: 0, nodes: 0, open: new Set() };
  try {
    return { root: treeOf(builder, document.contents), problems };
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return { root: undefined, problems: [error.problem] };
  }
}

interface TreeBuilder {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  aliases: number;
  /** Nodes built so far, those behind aliases counted each time. */
  nodes: number;
  /** Targets of the aliases that are being followed. */
  readonly open: Set<unknown>;
}

const MAX_TREE_ALIASES = 1_000;
const MAX_NODES = 200_000;

class TreeError extends Error {
  override readonly name = "TreeError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

function treeOf(builder: TreeBuilder, node: unknown): YamlNode {
  const at = placeOf(builder, node);
  builder.nodes += 1;
  if (builder.aliases > MAX_TREE_ALIASES || builder.nodes > MAX_NODES) {
    throw new TreeError({ ...at, message: "too many aliases" });
  }
  if (isAlias(node)) {
    builder.aliases += 1;
    const target = node.resolve(builder.document);
    if (!target || builder.open.has(target)) {
      throw new TreeError({ ...at, message: `alias *${node.source} has no usable anchor` });
    }
    builder.open.add(target);
    const tree = treeOf(builder, target);
    builder.open.delete(target);
    return tree;
  }
  if (isSeq(node)) {
    return { kind: "list", ...at, items: node.items.map((item) => treeOf(builder, item)) };
  }
  if (isMap(node)) return mapOf(builder, node.items, at);
  return scalarOf(node, at);
}

function mapOf(
  builder: TreeBuilder,
  items: readonly { readonly key: unknown; readonly value: unknown }[],
  at: Position,
): YamlMap {
  const own: { key: YamlScalar; value: YamlNode }[] = [];
  const merged: { key: YamlScalar; value: YamlNode }[] = [];
  const seen = new Set<string>();
  let repeated: YamlScalar | undefined;
  for (const item of items) {
    const key = treeOf(builder, item.key);
    if (key.kind !== "scalar") throw new TreeError({ ...at, message: "a key must be a text" });
    const value = treeOf(builder, item.value ?? null);
    if (key.text !== "<<" || key.quoted) {
      if (seen.has(key.text)) repeated ??= key;
      seen.add(key.text);
      own.push({ key, value: item.value === null ? { ...value, ...at } : value });
      continue;
    }
    for (const source of value.kind === "list" ? value.items : [value]) {
      if (source.kind !== "map") throw new TreeError({ ...at, message: "<< merges mappings only" });
      merged.push(...source.entries);
    }
  }
  const entries = [...own, ...merged];
  return { kind: "map", ...at, entries, ...(repeated ? { repeated } : {}) };
}

function scalarOf(node: unknown, at: Position): YamlScalar {
  if (!isScalar(node)) return { kind: "scalar", ...at, text: "", quoted: false };
  const tag = node.tag?.replace("tag:yaml.org,2002:", "!!");
  const typed = tag === "!!int" || tag === "!!bool" || tag === "!!null" || tag === "!!float";
  const quoted = tag === "!!str" || (node.type !== "PLAIN" && !typed);
  return { kind: "scalar", ...at, text: String(node.value ?? ""), quoted };
}

function placeOf({ lines }: TreeBuilder, node: unknown): Position {
  const { line, col } = lines.linePos(rangeStart(node) ?? 0);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
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

/** Go's readers take the first document of a text and leave the others alone. */
function problemsOf({ errors }: Document.Parsed, lines: LineCounter): Problem[] {
  return errors
    .filter(({ code }) => code !== "MULTIPLE_DOCS")
    .map(({ code, message, pos }) => {
      const { line, col } = lines.linePos(pos[0]);
      return { line, column: col, message: withHint(code, message) };
    });
}

/** A value as YAML, without folding long lines. */
export function writeYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}
