/** The flags of `periplus evaluate`. @module */
import { oneOf, pairs, parseFlags, text, toggle, usage } from "../flags.ts";
import { helpOf } from "../help.ts";

const FLAGS = {
  slo: text("objectives (default: slo.yaml)", { value: "FILE" }),
  values: text(
    "measured values: a map from name to number, a list of {metric, value}, or a get-sli.finished event; - is standard input",
    { value: "FILE" },
  ),
  sli: text("queries by indicator, with --provider (default: sli.yaml)", { value: "FILE" }),
  provider: text("measures by instant queries: prometheus=http://HOST:PORT", { value: "NAME=URL" }),
  timeframe: text("the last 5m, 90s, 1h30m … (default: 5m)", { value: "SPAN" }),
  start: text("begin of the time frame; with --end or --timeframe", { value: "TIME" }),
  end: text("end of the time frame", { value: "TIME" }),
  project: text("for $PROJECT and the history", { value: "NAME" }),
  stage: text("for $STAGE and the history", { value: "NAME" }),
  service: text("for $SERVICE and the history", { value: "NAME" }),
  label: pairs("for $LABEL.NAME; repeatable, also a=b,c=d", { short: "l" }),
  labels: pairs("the same, as Keptn's commands spell it", { hidden: true }),
  history: text("earlier evaluations for relative criteria; this one is appended", {
    value: "FILE",
  }),
  junit: text("writes a JUnit report; - is standard output", { value: "FILE" }),
  markdown: text("writes a summary in Markdown; - is standard output", { value: "FILE" }),
  output: oneOf("format of the result (default: table)", ["table", "json", "yaml"], { short: "o" }),
  "fail-on": oneOf("exit 3 when the result is a warning", ["warning", "fail"]),
  "allow-empty": toggle("an evaluation that measured nothing is no error"),
  quiet: toggle("print the result only", { short: "q" }),
  help: toggle("show this text", { short: "h" }),
};

const DESCRIPTION = {
  summary: "judge measured values by the objectives of an SLO file, without a server",
  examples: [
    "periplus evaluate --slo slo.yaml --values results.json",
    "periplus evaluate --sli sli.yaml --provider prometheus=http://localhost:9090 --timeframe 5m",
  ],
};
const EXIT_CODES = `Exit codes: 0 pass, 1 wrong use, server out of reach or nothing measured, 2 fail,
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

export function helpText(): string {
  return `${helpOf("evaluate", DESCRIPTION, FLAGS)}\n${EXIT_CODES}`;
}

/**
 * Reads a command line; `help` when it is asked for.
 *
 * @throws {KeptnError} ERR_USAGE
 */
export function readFlags(argv: readonly string[]): EvaluateFlags | "help" {
  const { args, flags: given } = parseFlags(argv, FLAGS);
  if (given.help) return "help";
  if (args.length > 0) throw usage(`takes only flags, not ${args.join(" ")}`);
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
    labels: { ...given.labels, ...given.label },
    history: given.history,
    junit: given.junit,
    markdown: given.markdown,
    output: given.output ?? "table",
    failOn: given["fail-on"] ?? "fail",
    allowEmpty: given["allow-empty"],
    quiet: given.quiet,
  };
  refuseContradictions(flags);
  return flags;
}

function refuseContradictions(flags: EvaluateFlags): void {
  const { values, provider, sli, output, markdown, junit } = flags;
  if (values !== undefined && provider) {
    throw usage("--values and --provider both give values: use one of them");
  }
  if (values === undefined && !provider) {
    const how = sli === undefined ? "--values FILE, or --sli FILE with" : "--sli FILE needs";
    throw usage(`no values: give ${how} --provider prometheus=URL`);
  }
  if (values !== undefined && sli !== undefined) {
    throw usage("--sli is for --provider; --values are measured already");
  }
  const standard = [
    output === "table" ? "" : `--output ${output}`,
    markdown === "-" ? "--markdown -" : "",
    junit === "-" ? "--junit -" : "",
  ].filter((flag) => flag !== "");
  if (standard.length > 1) throw usage(`${standard.join(" and ")} both write to standard output`);
}

function readProvider(text: string): Provider {
  const [, name, url] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || url === undefined) {
    throw usage(`--provider ${text}: write prometheus=http://HOST:PORT`);
  }
  if (name !== "prometheus") {
    const hint = "measure elsewhere and give the results with --values";
    throw usage(`--provider ${name}: only prometheus is known here; ${hint}`);
  }
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw usage(`--provider ${name}=${url}: the address must begin with http:// or https://`);
  }
  return { name, url };
}
