/** The host's settings: environment variables, the same names as flags, each also from a file. @module */
import { z } from "zod";
import { KeptnError } from "../spec/errors.ts";
import { type Field, FIELDS, type Settings } from "./settings_fields.ts";
import { didYouMean } from "../spec/near.ts";

export type { Settings } from "./settings_fields.ts";

/** What settings are read from. */
export interface SettingsInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--name value` pairs of the command line without the dashes; they win over the environment. */
  readonly flags?: Readonly<Record<string, string | boolean>>;
  /** Reads the text of a file that a `*_FILE` setting names. */
  readonly readFile: (path: string) => string;
}

export interface SettingsRead {
  readonly settings: Settings;
  /** What was ignored and why, for the log. */
  readonly notes: readonly string[];
}

/** Names that Kubernetes puts into every container beside a service called `periplus`. */
const INJECTED = /^PERIPLUS_(SERVICE_|PORT($|_))/;
/** Names with our prefix that others read: the tests, and the pipelines that the README shows. */
const FOREIGN = new Set(["PERIPLUS_SHARED", "PERIPLUS_PACKAGE"]);

/** The flag of a setting: `PERIPLUS_DATA_DIR` is `--data-dir`, `NATS_URL` is `--nats-url`. */
export function flagOf(name: string): string {
  return name
    .replace(/^PERIPLUS_/, "")
    .toLowerCase()
    .replaceAll("_", "-");
}

export interface SettingInfo {
  readonly name: string;
  readonly flag: string;
  readonly meaning: string;
  /** True when the flag needs no value. */
  readonly isSwitch: boolean;
}

/** All settings with flag and meaning, for `serve --help`. */
export function listSettings(): SettingInfo[] {
  return Object.values(FIELDS).map(({ name, meaning, fallback }) => ({
    name,
    flag: flagOf(name),
    meaning,
    isSwitch: fallback === false,
  }));
}

/**
 * Reads all settings at once.
 *
 * @throws {KeptnError} ERR_CONFIG_INVALID that names every setting that is wrong or unknown
 */
export function readSettings(input: SettingsInput): SettingsRead {
  const problems = [...unknownNames(input.env), ...unknownFlags(input.flags ?? {})];
  const notes: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(FIELDS)) {
    try {
      values[key] = readField(field, input, notes);
    } catch (error) {
      if (!KeptnError.is(error)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) {
    throw new KeptnError("ERR_CONFIG_INVALID", problems.join("\n"), { problems });
  }
  return { settings: values as unknown as Settings, notes };
}

function readField(field: Field, input: SettingsInput, notes: string[]): unknown {
  const found = rawValue(field, input);
  if (found === undefined) return field.fallback;
  const parsed = field.schema.safeParse(found.text);
  if (parsed.success) {
    if (field.unheeded !== undefined) notes.push(`${found.from} has no effect: ${field.unheeded}`);
    return parsed.data;
  }
  const wanted = z.prettifyError(parsed.error).replace(/^✖ /, "");
  const shown = field.secret ? "its value" : JSON.stringify(found.text);
  if (!field.lenient) throw invalid(`${found.from}: ${shown} is wrong: ${wanted}`);
  notes.push(`${found.from}: ${shown} is ignored: ${wanted}; the default is in force`);
  return field.fallback;
}

/** The text of a setting and where it came from; an empty one counts as absent. */
function rawValue(
  field: Field,
  { env, flags = {}, readFile }: SettingsInput,
): { text: string; from: string } | undefined {
  const flag = flags[flagOf(field.name)];
  if (flag !== undefined) return { text: String(flag), from: `--${flagOf(field.name)}` };
  for (const name of [field.name, ...(field.aliases ?? [])]) {
    const [direct, path] = [env[name] || undefined, env[`${name}_FILE`] || undefined];
    if (direct !== undefined && path !== undefined) {
      throw invalid(`${name} and ${name}_FILE are both set: keep one of them`);
    }
    if (direct !== undefined) return { text: direct, from: name };
    if (path !== undefined) return { text: textOf(`${name}_FILE`, path, readFile), from: name };
  }
  return undefined;
}

function textOf(name: string, path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path).trim();
  } catch (error) {
    throw invalid(`${name}: cannot read ${path}: ${(error as Error).message}`);
  }
}

function unknownNames(env: SettingsInput["env"]): string[] {
  const names = Object.values(FIELDS).flatMap(({ name }) => [name, `${name}_FILE`]);
  const known = new Set([...names, ...FOREIGN]);
  return Object.keys(env)
    .filter((name) => name.startsWith("PERIPLUS_") && !known.has(name) && !INJECTED.test(name))
    .map(
      (name) =>
        `${name} is no setting${hint(
          name,
          names.filter((known) => !known.endsWith("_FILE")),
        )}`,
    );
}

function unknownFlags(flags: NonNullable<SettingsInput["flags"]>): string[] {
  const known = Object.values(FIELDS).map(({ name }) => flagOf(name));
  return Object.keys(flags)
    .filter((flag) => !known.includes(flag))
    .map((flag) => `--${flag} is no flag of serve${hint(flag, known)}`);
}

function hint(word: string, known: readonly string[]): string {
  return didYouMean(word, known) || `; known are ${known.join(", ")}`;
}

function invalid(message: string): KeptnError {
  return new KeptnError("ERR_CONFIG_INVALID", message);
}
