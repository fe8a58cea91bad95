/** Flags of the verbs: declared once, checked with zod, shown in the help. @module */
import { parseArgs } from "node:util";
import { z } from "zod";
import { parseDuration } from "../spec/duration.ts";
import { KeptnError } from "../spec/errors.ts";
import { didYouMean } from "../spec/near.ts";

export interface Flag<T = unknown> {
  readonly kind: "switch" | "text" | "list";
  readonly short?: string;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly help: string;
  /** Taken because Keptn's command took it, but not shown. */
  readonly hidden?: boolean;
  /** From what `parseArgs` gives: a boolean, a text, texts, or nothing. */
  readonly schema: z.ZodType<T>;
}
export type Flags = { readonly [name: string]: Flag };
export type Values<F extends Flags> = { readonly [K in keyof F]: z.output<F[K]["schema"]> };

interface Look {
  readonly short?: string;
  readonly value?: string;
  readonly hidden?: boolean;
}

export function toggle(help: string, look: Look = {}): Flag<boolean> {
  return { kind: "switch", help, ...look, schema: z.boolean().default(false) };
}
export function text(help: string, look: Look = {}): Flag<string | undefined> {
  return { kind: "text", help, ...look, schema: z.string().optional() };
}
/** A text without which the verb makes no sense. */
export function needed(help: string, look: Look = {}): Flag<string> {
  const error = `is needed: ${help}`;
  return { kind: "text", help, ...look, schema: z.string({ error }).min(1, error) };
}
export function list(help: string, look: Look = {}): Flag<string[]> {
  return { kind: "list", help, ...look, schema: z.array(z.string()).default([]) };
}
export function oneOf<const T extends readonly string[]>(
  help: string,
  choices: T,
  look: Look = {},
): Flag<T[number] | undefined> {
  const error = `must be one of ${choices.join(", ")}`;
  return {
    kind: "text",
    help,
    value: choices.join("|"),
    ...look,
    schema: z.enum(choices, { error }).optional(),
  };
}
/** A whole number from 1 up. */
export function count(help: string, least = 1, most = Infinity): Flag<number | undefined> {
  const error = `must be a whole number from ${least}${most < Infinity ? ` to ${most}` : ""}`;
  const schema = z.coerce.number({ error }).int(error).min(least, error).max(most, error);
  return { kind: "text", help, value: "N", schema: schema.optional() };
}
/** A Go duration; plain numbers are seconds. Its value is in milliseconds. */
export function duration(help: string, look: Look = {}): Flag<number | undefined> {
  const schema = z
    .string()
    .optional()
    .transform((written, check) => {
      if (written === undefined) return undefined;
      const span = parseDuration(/^\d+$/.test(written) ? `${written}s` : written);
      if (span !== undefined && span >= 0) return span;
      check.addIssue(`must be a duration such as 90s, 10m or 1h30m, not ${written}`);
      return z.NEVER;
    });
  return { kind: "text", help, value: "DURATION", ...look, schema };
}
/** `name=value`, repeatable or separated by commas, as one object. */
export function pairs(help: string, look: Look = {}): Flag<Record<string, string>> {
  const schema = z
    .array(z.string())
    .default([])
    .transform((written, check) => {
      const entries = written.flatMap(splitPairs).map((pair) => pair.split(/=(.*)/s));
      for (const [name, value] of entries) {
        if (name && value !== undefined) continue;
        check.addIssue(`must be name=value, not ${name ?? ""}`);
        return z.NEVER;
      }
      return Object.fromEntries(entries.map(([name, value]) => [name!.trim(), value!]));
    });
  return { kind: "list", help, value: "NAME=VALUE", ...look, schema };
}

export interface Parsed<F extends Flags> {
  readonly args: readonly string[];
  readonly flags: Values<F>;
}

/**
 * Reads an argument list.
 *
 * @throws {KeptnError} ERR_USAGE naming the flag, with near names for an unknown one
 */
export function parseFlags<F extends Flags>(argv: readonly string[], flags: F): Parsed<F> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { kind, short }]) => [
      name,
      {
        type: kind === "switch" ? ("boolean" as const) : ("string" as const),
        multiple: kind === "list",
        ...(short ? { short } : {}),
      },
    ]),
  );
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "option") checkOption(token, flags);
  }
  const checked = Object.entries(flags).map(([name, flag]) => [
    name,
    valueOf(name, flag, values[name]),
  ]);
  return { args: positionals, flags: Object.fromEntries(checked) as Values<F> };
}

function checkOption(
  token: { readonly name: string; readonly rawName: string; readonly value?: string | undefined },
  flags: Flags,
): void {
  const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
  if (!flag) {
    const names = Object.keys(flags).map((name) => `--${name}`);
    throw usage(`unknown flag ${token.rawName}${didYouMean(token.rawName, names)}`);
  }
  if (flag.kind === "switch" && token.value !== undefined && !/^(true|false)$/.test(token.value)) {
    throw usage(`${token.rawName} takes no value`);
  }
  if (flag.kind !== "switch" && token.value === undefined) {
    throw usage(`${token.rawName} needs a value: ${token.rawName} ${flag.value ?? "VALUE"}`);
  }
}

function valueOf(name: string, flag: Flag, raw: unknown): unknown {
  // `--watch=false` is how Go's flag package spells a switch that is off.
  const given = flag.kind === "switch" && typeof raw === "string" ? raw === "true" : raw;
  const parsed = flag.schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw usage(`--${name} ${parsed.error.issues[0]?.message ?? "is wrong"}`);
}

/** Commas separate pairs, unless what follows is no pair. */
function splitPairs(text: string): string[] {
  return text.split(/,(?=[^,=]+=)/);
}

export function usage(message: string): KeptnError {
  return new KeptnError("ERR_USAGE", message);
}
