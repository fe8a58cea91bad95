/** YAML as a tree of source texts, for readers that need to know how a scalar was written. @module */

/** 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface YamlScalar extends Position {
  readonly kind: "scalar";
  /** The text as it stands in the file, without quotes. */
  readonly text: string;
  /** Quoted, a block, or tagged as a string: never a number, a boolean or null. */
  readonly quoted: boolean;
}
export interface YamlList extends Position {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
}
export interface YamlMap extends Position {
  readonly kind: "map";
  /** Entries of merge keys (`<<`) come last: the first entry of a name counts. */
  readonly entries: readonly { readonly key: YamlScalar; readonly value: YamlNode }[];
  /** The first key that the map itself holds twice. */
  readonly repeated?: YamlScalar;
}
export type YamlNode = YamlScalar | YamlList | YamlMap;

const NULL = /^(~|null|Null|NULL)?$/;

/** Tells whether a node is a plain null. */
export function isNull(node: YamlNode | undefined): boolean {
  return node?.kind === "scalar" && !node.quoted && NULL.test(node.text);
}

/** The value of a key, with the entries of merge keys (`<<`) behind the map's own. */
export function entryOf(map: YamlMap, name: string): YamlNode | undefined {
  return map.entries.find(({ key }) => key.text === name)?.value;
}

/** `a mapping`, `a list`, `nothing` or the text itself, for messages. */
export function describeNode(node: YamlNode): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "a mapping";
  return isNull(node) ? "nothing" : JSON.stringify(node.text);
}
