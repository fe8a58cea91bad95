/** Writes plain values as YAML. @module */

const PLAIN = /^[A-Za-z/][\w./:@+-]*$/;
const KEYWORD = /^(true|false|yes|no|on|off|y|n|null|~)$/i;

/** Block style, two blanks deep; maps keep their order. */
export function toYaml(value: unknown, indent = ""): string {
  if (Array.isArray(value)) {
    return value.map((item) => `${indent}-${nested(item, `${indent}  `)}`).join("");
  }
  return Object.entries(value as { [key: string]: unknown })
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${indent}${scalar(key)}:${nested(item, `${indent}  `)}`)
    .join("");
}

function nested(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return ` ${scalar(value)}\n`;
  const empty = Object.keys(value).length === 0;
  if (empty) return Array.isArray(value) ? " []\n" : " {}\n";
  return `\n${toYaml(value, indent)}`;
}

function scalar(value: unknown): string {
  if (typeof value === "string" && PLAIN.test(value) && !KEYWORD.test(value)) {
    if (!value.endsWith(":")) return value;
  }
  return JSON.stringify(value ?? null);
}
