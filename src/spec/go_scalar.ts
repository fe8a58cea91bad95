/** Scalars as Go's YAML reader (yaml.v3) decodes them into typed fields. @module */
import { parseNumber } from "./number_text.ts";
import type { YamlScalar } from "./yaml_tree.ts";

const TRUE = new Set(["true", "True", "TRUE"]);
const FALSE = new Set(["false", "False", "FALSE"]);
/** Words of YAML 1.1, which count because the field is a boolean, even in quotes. */
const YES = new Set(["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"]);
const NO = new Set(["n", "N", "no", "No", "NO", "off", "Off", "OFF"]);
const INTEGER = /^([+-]?)(0x[\da-f]+|0o?[0-7]+|0b[01]+|0|[1-9]\d*)$/i;
const FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)(e[-+]?\d+)?$/i;
const LARGEST = 2 ** 63;

/** A boolean, or undefined when Go would refuse the text. */
export function goBoolean({ text, quoted }: YamlScalar): boolean | undefined {
  if (YES.has(text)) return true;
  if (NO.has(text)) return false;
  if (quoted) return undefined;
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}

/** An integer, with decimals cut off; undefined when Go would refuse the text. */
export function goInteger({ text, quoted }: YamlScalar): number | undefined {
  if (quoted || !/^[-+.\d]/.test(text)) return undefined;
  const plain = text.startsWith(".") ? text : text.replaceAll("_", "");
  const value = integerOf(plain) ?? (FLOAT.test(plain) ? parseNumber(plain) : undefined);
  if (value === undefined || Math.abs(value) > LARGEST) return undefined;
  return Math.trunc(value) + 0;
}

function integerOf(plain: string): number | undefined {
  const [, sign, digits] = INTEGER.exec(plain) ?? [];
  if (digits === undefined) return undefined;
  const octal = /^0[0-7]+$/.test(digits);
  const magnitude = Number(octal ? `0o${digits.slice(1)}` : digits);
  return sign === "-" ? -magnitude : magnitude;
}
