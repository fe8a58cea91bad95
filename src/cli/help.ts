/** The text behind `--help`. @module */
import type { Flags } from "./flags.ts";

interface Described {
  readonly args?: string;
  readonly summary: string;
  readonly examples: readonly string[];
}

export function helpOf(
  words: string,
  { args, summary, examples }: Described,
  flags: Flags,
): string {
  const shown = Object.entries(flags).filter(([, flag]) => !flag.hidden);
  const left = shown.map(([name, { short, value, kind }]) => {
    const operand = kind === "switch" ? "" : ` ${value ?? "VALUE"}`;
    return `  ${short ? `-${short}, ` : "    "}--${name}${operand}`;
  });
  const width = Math.min(34, Math.max(...left.map((text) => text.length)) + 2);
  const lines = shown.map(([, { help }], index) => {
    const start = left[index]!;
    return start.length < width
      ? `${start.padEnd(width)}${help}`
      : `${start}\n${" ".repeat(width)}${help}`;
  });
  const usage = ["periplus", words, args, "[flags]"].filter(Boolean).join(" ");
  const shownExamples = examples.map((example) => `  ${example}`);
  return [
    `${summary[0]!.toUpperCase()}${summary.slice(1)}.`,
    "",
    `Usage: ${usage}`,
    "",
    "Examples:",
    ...shownExamples,
    "",
    "Flags:",
    ...lines,
    "",
  ].join("\n");
}
