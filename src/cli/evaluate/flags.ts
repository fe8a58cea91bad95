/** The flags of `periplus evaluate`. @module */
import { parseArgs } from "node:util";
import { z } from "zod";
import { didYouMean } from "../../spec/near.ts";
import { UsageError } from "./io.ts";

const OPTIONS = {
  slo: { type: "string" },
  values: { type: "string" },
  sli: { type: "string" },
  provider: { type: "string" },
  start: { type: "string" },
  end: { type: "string" },
  timeframe: { type: "string" },
  project: { type: "string" },
  stage: { type: "string" },
  service: { type: "string" },
  label: { type: "string", multiple: true },
  labels: { type: "string", multiple: true },
  history: { type: "string" },
  junit: { type: "string" },
  markdown: { type: "string" },
  output: { type: "string", short: "o" },
  "fail-on": { type: "string" },
  "allow-empty": { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
} as const;

export const HELP = `Usage: periplus evaluate --slo FILE --values FILE [flags]
       periplus evaluate --slo FILE --sli FILE --provider prometheus=URL --timeframe 5m [flags]

Judges measured values against the objectives of an SLO file, without a server.

  --slo FILE             objectives (default slo.yaml)
  --values FILE          measured values: a map from name to number, a list of {metric, value},
                         or a get-sli.finished event; - reads standard input
  --sli FILE             queries by indicator (default sli.yaml, used with --provider)
  --provider NAME=URL    measures by instant queries, such as prometheus=http://localhost:9090
  --timeframe SPAN       the last 5m, 90s, 1h30m … (default 5m)
  --start T, --end T     the time frame itself; --start may go with --timeframe
  --project, --stage, --service NAME   for placeholders and history
  --label NAME=VALUE     for $LABEL.NAME; repeatable, also --labels a=b,c=d
  --history FILE         earlier evaluations for relative criteria; this one is appended
  --junit FILE           JUnit report; --markdown FILE a summary; - writes it to standard output
  -o, --output FORMAT    table, json or yaml (default table)
  --fail-on warning      exit 3 when the result is a warning
  --allow-empty          an evaluation that measured nothing is no error
  -q, --quiet            prints the result only

Exit codes: 0 pass, 1 wrong use, unreachable server or nothing measured, 2 fail,
3 warning with --fail-on warning.
`;

export interface Provider {
  readonly name: string;
  readonly url: string;
}

export interface EvaluateFlags {
  readonly slo: string;
  readonly values: string | undefined;
  readonly sli: string | undefined;
  readonly provider: Provider | undefined;
  readonly asked: { readonly start: string; readonly end: string; readonly timeframe: string };
  readonly project: string;
  readonly stage: string;
  readonly service: string;
  readonly labels: { readonly [name: string]: string };
  readonly history: string | undefined;
  readonly junit: string | undefined;
  readonly markdown: string | undefined;
  readonly output: "table" | "json" | "yaml";
  readonly failOn: "warning" | "fail";
  readonly allowEmpty: boolean;
  readonly quiet: boolean;
}

const outputSchema = z.enum(["table", "json", "yaml"], {
  error: (issue) => `--output ${String(issue.input)}: use table, json or yaml`,
});
const failOnSchema = z.enum(["warning", "fail"], {
  error: (issue) => `--fail-on ${String(issue.input)}: use warning or fail`,
});

/** Reads a command line, or throws a sentence that says what would be right; `help` when it is asked for. */
export function readFlags(argv: readonly string[]): EvaluateFlags | "help" {
  const given = parse(argv);
  if (given.help) return "help";
  const flags: EvaluateFlags = {
    slo: given.slo ?? "slo.yaml",
    values: given.values,
    sli: given.sli,
    provider: given.provider === undefined ? undefined : readProvider(given.provider),
    asked: {
      start: given.start ?? "",
      end: given.end ?? "",
      timeframe: given.timeframe ?? "",
    },
    project: given.project ?? "",
    stage: given.stage ?? "",
    service: given.service ?? "",
    labels: readLabels([...(given.label ?? []), ...(given.labels ?? []).flatMap(splitList)]),
    history: given.history,
    junit: given.junit,
    markdown: given.markdown,
    output: check(outputSchema, given.output ?? "table"),
    failOn: check(failOnSchema, given["fail-on"] ?? "fail"),
    allowEmpty: given["allow-empty"] === true,
    quiet: given.quiet === true,
  };
  refuseContradictions(flags);
  return flags;
}

function parse(argv: readonly string[]) {
  const args = [...argv];
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    const flag = args
      .map((argument) => /^--([\w-]+)/.exec(argument)?.[1])
      .find((name) => name !== undefined && !Object.hasOwn(OPTIONS, name));
    if (flag) {
      const near = didYouMean(flag, Object.keys(OPTIONS));
      throw new UsageError(`unknown flag --${flag}${near}: see periplus evaluate --help`);
    }
    const [said] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new UsageError(`${said}: see periplus evaluate --help`);
  }
}

function refuseContradictions({
  values,
  provider,
  sli,
  output,
  markdown,
  junit,
}: EvaluateFlags): void {
  if (values !== undefined && provider) {
    throw new UsageError("--values and --provider both give values: use one of them");
  }
  if (values === undefined && !provider) {
    const how = sli === undefined ? "--values FILE, or --sli FILE with" : "--sli FILE needs";
    throw new UsageError(`no values: give ${how} --provider prometheus=URL`);
  }
  if (values !== undefined && sli !== undefined) {
    throw new UsageError("--sli is for --provider; --values are measured already");
  }
  const standard = [output === "table" ? undefined : `--output ${output}`]
    .concat(markdown === "-" ? "--markdown -" : undefined, junit === "-" ? "--junit -" : undefined)
    .filter((flag) => flag !== undefined);
  if (standard.length > 1) {
    throw new UsageError(`${standard.join(" and ")} both write to standard output`);
  }
}

function readProvider(text: string): Provider {
  const [, name, url] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || url === undefined) {
    throw new UsageError(`--provider ${text}: write prometheus=http://HOST:PORT`);
  }
  if (name !== "prometheus") {
    const hint = "measure elsewhere and give the results with --values";
    throw new UsageError(`--provider ${name}: only prometheus is known here; ${hint}`);
  }
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new UsageError(
      `--provider ${name}=${url}: the address must begin with http:// or https://`,
    );
  }
  return { name, url };
}

function readLabels(pairs: readonly string[]): { [name: string]: string } {
  const labels = pairs.map((pair): [string, string] => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined) throw new UsageError(`--label ${pair}: write NAME=VALUE`);
    return [name, value ?? ""];
  });
  return Object.fromEntries(labels);
}

function splitList(text: string): string[] {
  return text.split(",").filter((part) => part !== "");
}

function check<T>(schema: z.ZodType<T>, value: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(parsed.error.issues[0]!.message);
}
