/** One evaluation from the files and flags of a command line. @module */
import { encodeBase64 } from "../../spec/base64.ts";
import { KeptnError } from "../../spec/errors.ts";
import { evaluate, explained, type Judging } from "../../spec/evaluate.ts";
import {
  erroredEvaluation,
  type EvaluationFinished,
  type SliValue,
  type TimeWindow,
} from "../../spec/evaluation.ts";
import type { SliAnswer } from "../../spec/get_sli.ts";
import {
  historyQuery,
  isAnswerable,
  selectHistory,
  type StoredEvaluation,
} from "../../spec/history.ts";
import { measure } from "../../spec/prometheus.ts";
import { describeProblems } from "../../spec/shape.ts";
import type { Sli } from "../../spec/sli.ts";
import { parseSli } from "../../spec/sli_file.ts";
import type { Slo } from "../../spec/slo.ts";
import { parseSlo } from "../../spec/slo_file.ts";
import { resolveWindow } from "../../spec/timeframe.ts";
import type { Problem } from "../../spec/yaml.ts";
import { usage } from "../flags.ts";
import { readIfThere, readInput } from "./files.ts";
import type { EvaluateFlags, Provider } from "./flags.ts";
import { readHistory } from "./history.ts";
import type { CommandIo } from "./io.ts";
import { queryClient } from "./query_client.ts";
import { readValues } from "./values.ts";

export interface GateRun {
  readonly finished: EvaluationFinished;
  readonly slo: Slo;
  /** `file:line:column message` of what will not work in the SLO file. */
  readonly warnings: readonly string[];
}

const PLACEHOLDERS = { project: "$PROJECT", stage: "$STAGE", service: "$SERVICE" } as const;

/** Reads, measures and judges; nothing is written. */
export async function runGate(flags: EvaluateFlags, io: CommandIo): Promise<GateRun> {
  const sloText = await readInput(flags.slo, io);
  const read = parseSlo(sloText);
  if (!read.ok) throw new KeptnError("ERR_FILE_INVALID", described(flags.slo, read.problems));
  const { slo } = read;
  const history = await storedHistory(flags, io);
  const answer = await answerOf(flags, slo, io);
  const query = historyQuery(slo.comparison);
  const sloFileContent = encodeBase64(new TextEncoder().encode(sloText));
  const finished = isAnswerable(query)
    ? judge({ slo, sloFileContent, answer, previous: selectHistory(query, history) })
    : erroredEvaluation(
        answer.window,
        "number_of_comparison_results must be 1 to 100",
        sloFileContent,
      );
  const warnings = read.warnings.map((warning) => described(flags.slo, [warning]));
  return { finished, slo, warnings };
}

function judge(judging: Judging): EvaluationFinished {
  return explained(evaluate(judging));
}

async function storedHistory(flags: EvaluateFlags, io: CommandIo): Promise<StoredEvaluation[]> {
  if (flags.history === undefined) return [];
  const text = await readIfThere(flags.history, io);
  return text === undefined ? [] : readHistory(text, flags.history, flags);
}

async function answerOf(flags: EvaluateFlags, slo: Slo, io: CommandIo): Promise<SliAnswer> {
  const { asked, values, provider, labels } = flags;
  const untimed = !provider && !asked.start && !asked.end && !asked.timeframe;
  const window = untimed ? { start: "", end: "" } : resolveWindow(asked, io.now());
  if ("error" in window) throw usage(window.error);
  const measured = provider
    ? await measureAll(flags, provider, slo, window, io)
    : readValues(await readInput(values ?? "", io), values ?? "");
  return { status: "succeeded", result: "pass", message: "", labels, window, values: measured };
}

async function measureAll(
  flags: EvaluateFlags,
  provider: Provider,
  slo: Slo,
  window: TimeWindow,
  io: CommandIo,
): Promise<SliValue[]> {
  const sli = await readSli(flags, io);
  const indicators = slo.objectives.map((objective) => objective.sli);
  refuseMissing(
    flags,
    indicators.map((indicator) => sli.indicators[indicator] ?? ""),
  );
  const { server, ask } = queryClient(provider.url);
  const filters = Object.entries(slo.filter ?? {}).map(([key, value]) => ({ key, value }));
  const { project, stage, service, labels } = flags;
  const unreachable: KeptnError[] = [];
  const values = await measure({
    indicators,
    queries: sli.indicators,
    units: sli.units,
    scope: { project, stage, service, labels, filters, window },
    server,
    provider: provider.name,
    ask: (url) =>
      ask(url).catch((error: unknown) => {
        if (KeptnError.is(error)) unreachable.push(error);
        throw error;
      }),
  });
  if (unreachable[0] && unreachable.length === values.length) throw unreachable[0];
  return values;
}

async function readSli(flags: EvaluateFlags, io: CommandIo): Promise<Sli> {
  const file = flags.sli ?? "sli.yaml";
  const read = parseSli(await readInput(file, io));
  if (!read.ok) throw new KeptnError("ERR_FILE_INVALID", described(file, read.problems));
  return read.sli;
}

/** A query that names a placeholder needs the flag that fills it. */
function refuseMissing(flags: EvaluateFlags, queries: readonly string[]): void {
  for (const [flag, placeholder] of Object.entries(PLACEHOLDERS)) {
    if (flags[flag as keyof typeof PLACEHOLDERS] !== "") continue;
    const query = queries.find((candidate) => candidate.includes(placeholder));
    if (query) throw usage(`the query ${query} needs --${flag} NAME`);
  }
}

function described(file: string, problems: readonly Problem[]): string {
  return problems.map((problem) => `${file}:${describeProblems([problem])}`).join("\n");
}
