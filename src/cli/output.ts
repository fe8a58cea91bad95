/** Writes what a getter found, in the format that was asked for. @module */
import { writeYaml } from "../spec/yaml.ts";
import { oneOf, type Values } from "./flags.ts";
import { type Io, hasColour, type Sink } from "./io.ts";

export const OUTPUT = {
  output: oneOf("format of the output (default: table)", ["table", "json", "yaml", "name"], {
    short: "o",
  }),
};

export interface Listing {
  /** What `json` and `yaml` show. */
  readonly data: unknown;
  /** What `name` and `--quiet` show, one a line. */
  readonly names: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
export interface OutputFlags extends Values<typeof OUTPUT> {
  readonly quiet?: boolean;
}

export function show(io: Io, { output, quiet }: OutputFlags, listing: Listing): void {
  const format = output ?? (quiet ? "name" : "table");
  if (format === "json") io.out.write(`${JSON.stringify(listing.data, null, 2)}\n`);
  else if (format === "yaml") io.out.write(writeYaml(listing.data));
  else if (format === "name") io.out.write(listing.names.map((name) => `${name}\n`).join(""));
  else if (listing.rows.length === 0) io.err.write("nothing found\n");
  else io.out.write(tableOf(listing.columns, listing.rows));
}

/** Columns as wide as their widest cell; the last one is not padded. */
export function tableOf(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  indent = "",
): string {
  const all = [columns, ...rows];
  const widths = columns.map((_, at) => Math.max(...all.map((row) => (row[at] ?? "").length)));
  return all
    .map((row) => row.map((cell, at) => cell.padEnd(widths[at]!)).join("  "))
    .map((line) => `${indent}${line.trimEnd()}\n`)
    .join("");
}

export type Colour = "red" | "green" | "yellow" | "blue" | "grey" | "bold";
const CODES: { readonly [C in Colour]: number } = {
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  grey: 90,
  bold: 1,
};

/** Colours for a sink; without a terminal, or under NO_COLOR, texts stay as they are. */
export function painter(io: Io, sink: Sink): (colour: Colour, text: string) => string {
  if (!hasColour(io, sink)) return (_, text) => text;
  return (colour, text) => `\u001b[${CODES[colour]}m${text}\u001b[0m`;
}
