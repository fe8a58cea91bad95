/** Typed fields out of a YAML tree, as Go's reader decodes them; faults are collected with their places. @module */
import { goBoolean, goInteger } from "./go_scalar.ts";
import type { Problem } from "./yaml.ts";
import { describeNode, entryOf, isNull, type YamlMap, type YamlNode } from "./yaml_tree.ts";

/** A node together with its path in the file, for messages. */
export interface Field {
  readonly node: YamlNode | undefined;
  readonly path: string;
}

/** Reads the fields of one file; what does not fit goes to `problems` and reads as absent. */
export interface TreeReader {
  readonly problems: Problem[];
  /** The field of a mapping; absent when the mapping is. */
  field(map: YamlMap | undefined, path: string, name: string): Field;
  /** Any scalar as it is written; absent and null give undefined. */
  text(field: Field): string | undefined;
  integer(field: Field): number | undefined;
  boolean(field: Field): boolean | undefined;
  map(field: Field, hint: string): YamlMap | undefined;
  /** The items of a list; null when absent. */
  list(field: Field, hint: string): readonly Field[] | null;
  refuse(field: Field, message: string): undefined;
}

export function treeReader(): TreeReader {
  const problems: Problem[] = [];
  const refuse = ({ node, path }: Field, message: string): undefined => {
    const where = path ? `${path}: ` : "";
    const { line, column } = node ?? { line: 1, column: 1 };
    problems.push({ line, column, message: `${where}${message}` });
  };
  /** The node when there is one; undefined for absent and null. */
  const present = ({ node }: Field): YamlNode | undefined =>
    node && !isNull(node) ? node : undefined;
  const expected = (field: Field, hint: string): undefined =>
    refuse(field, `expected ${hint}, not ${describeNode(field.node!)}`);
  return {
    problems,
    refuse,
    field: (map, path, name) => ({
      node: map && entryOf(map, name),
      path: path ? `${path}.${name}` : name,
    }),
    text(field) {
      const node = present(field);
      if (!node || node.kind === "scalar") return node?.text;
      return expected(field, "a text");
    },
    integer(field) {
      const node = present(field);
      const value = node?.kind === "scalar" ? goInteger(node) : undefined;
      return node && value === undefined ? expected(field, "a whole number such as 2") : value;
    },
    boolean(field) {
      const node = present(field);
      const value = node?.kind === "scalar" ? goBoolean(node) : undefined;
      return node && value === undefined ? expected(field, "true or false") : value;
    },
    map(field, hint) {
      const node = present(field);
      if (!node) return undefined;
      if (node.kind !== "map") return expected(field, hint);
      if (!node.repeated) return node;
      const message = `key ${node.repeated.text} stands twice: remove one of them`;
      return refuse({ node: node.repeated, path: field.path }, message);
    },
    list(field, hint) {
      const node = present(field);
      if (!node) return null;
      if (node.kind !== "list") return expected(field, hint) ?? null;
      return node.items.map((item, index) => ({ node: item, path: `${field.path}[${index}]` }));
    },
  };
}
