/** `periplus evaluate`: a quality gate without a server. @module */
import { KeptnError } from "../../spec/errors.ts";
import { measuredNothing } from "../../spec/evaluate.ts";
import { type EvaluationFinished, finishedData } from "../../spec/evaluation.ts";
import { NOTHING_EVALUATED } from "../../spec/nothing_evaluated.ts";
import { sliTable } from "../../spec/sli_table.ts";
import { writeYaml } from "../../spec/yaml.ts";
import { EXIT } from "../exit.ts";
import { appendOutput, writeOutput } from "./files.ts";
import { type EvaluateFlags, helpText, readFlags } from "./flags.ts";
import { type GateRun, runGate } from "./gate.ts";
import { historyLine } from "./history.ts";
import type { CommandIo } from "./io.ts";
import { junitReport } from "./junit.ts";
import { markdownReport } from "./markdown.ts";

export type { CommandIo } from "./io.ts";

/** Runs one evaluation and prints it; resolves with the exit code (ux.md 1.6). */
export async function evaluateCommand(argv: string[], io: CommandIo): Promise<number> {
  try {
    const flags = readFlags(argv);
    if (flags === "help") {
      io.stdout.write(helpText());
      return EXIT.ok;
    }
    const run = await runGate(flags, io);
    for (const warning of run.warnings) io.stderr.write(`warning: ${warning}\n`);
    await report(run, flags, io);
    return exitCode(run.finished, flags, io);
  } catch (error) {
    if (!KeptnError.is(error)) throw error;
    io.stderr.write(`periplus evaluate: ${error.message}\n`);
    return EXIT.error;
  }
}

async function report(run: GateRun, flags: EvaluateFlags, io: CommandIo): Promise<void> {
  const { finished, slo } = run;
  const details = { objectives: slo.objectives };
  const name = nameOf(flags);
  const reports = {
    junit: () => junitReport(finished, name, details),
    markdown: () => markdownReport(finished, name, details),
  };
  let taken = false;
  for (const kind of ["junit", "markdown"] as const) {
    const path = flags[kind];
    if (path === undefined) continue;
    const text = reports[kind]();
    if (path === "-") io.stdout.write(text);
    else await writeOutput(path, text, io);
    taken ||= path === "-";
  }
  if (!taken) io.stdout.write(shown(run, flags));
  if (flags.history !== undefined && finished.status === "succeeded") {
    const line = historyLine(finished, flags, io.now());
    await appendOutput(flags.history, line, io);
  }
}

function shown({ finished, slo }: GateRun, flags: EvaluateFlags): string {
  const { project, stage, service, output } = flags;
  const place = { project, stage, service };
  const data = { ...place, ...finishedData(finished) };
  if (output === "json") return `${JSON.stringify(data, null, 2)}\n`;
  if (output === "yaml") return writeYaml(data);
  if (flags.quiet) return `${finished.result}\n`;
  const table = sliTable(finished.evaluation, { objectives: slo.objectives });
  return [...table, ...(finished.message ? [finished.message] : []), ""].join("\n");
}

function exitCode(finished: EvaluationFinished, flags: EvaluateFlags, io: CommandIo): number {
  if (finished.status === "errored") {
    io.stderr.write(`periplus evaluate: ${finished.message}\n`);
    return EXIT.error;
  }
  if (measuredNothing(finished) && !flags.allowEmpty) {
    const { message } = NOTHING_EVALUATED;
    io.stderr.write(`periplus evaluate: ${message}; --allow-empty takes the result as it is\n`);
    return EXIT.error;
  }
  if (finished.result === "fail") return EXIT.fail;
  if (finished.result === "warning" && flags.failOn === "warning") return EXIT.warning;
  return EXIT.ok;
}

/** `carts in sockshop/dev`, as far as the flags tell. */
function nameOf({ project, stage, service }: EvaluateFlags): string {
  const where = [project, stage].filter((part) => part !== "").join("/");
  if (service && where) return `${service} in ${where}`;
  return service || where || "evaluation";
}
