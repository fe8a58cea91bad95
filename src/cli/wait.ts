/** `--wait`: the timeline of what was triggered, and an exit code by its result. @module */
import type { Evaluation } from "../spec/evaluation.ts";
import { measuredNothing } from "../spec/evaluate.ts";
import { NOTHING_EVALUATED } from "../spec/nothing_evaluated.ts";
import { sliTable } from "../spec/sli_table.ts";
import type { Connection } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { duration, oneOf, toggle, type Values } from "./flags.ts";
import type { Io } from "./io.ts";
import { painter } from "./output.ts";
import { type Followed, follow } from "./timeline/follow.ts";
import { resultOf, type Timeline } from "./timeline/model.ts";
import { createPainter } from "./timeline/paint.ts";

export const WAIT = {
  wait: toggle("show the timeline, exit by result", { short: "w" }),
  watch: toggle("Keptn's word for --wait", { hidden: true }),
  timeout: duration("give up waiting after this time: exit code 4"),
  "watch-time": duration("Keptn's word for --timeout", { hidden: true }),
  "fail-on": oneOf("exit code 3 also for the result warning", ["warning"]),
  "allow-empty": toggle("an evaluation that measured nothing is no error"),
};

export interface Waited {
  readonly host: Connection;
  readonly io: Io;
  readonly project: string;
  readonly keptnContext: string;
}

/** Waits when the flags ask for it; resolves with the exit code. */
export async function waitFor(
  { host, io, project, keptnContext }: Waited,
  flags: Values<typeof WAIT>,
): Promise<number> {
  if (!flags.wait && !flags.watch) return EXIT.ok;
  const followed = await follow({
    client: host.client,
    project,
    keptnContext,
    painter: createPainter(io.err, painter(io, io.err)),
    interrupted: io.interrupted,
    timeout: flags.timeout ?? flags["watch-time"],
  });
  for (const evaluation of evaluationsOf(followed.timeline)) {
    io.err.write(`\n${sliTable(evaluation).join("\n")}\n`);
  }
  const { code, said } = exitOf(followed, flags);
  const page = host.endpoint.replace(/\/api$/, `/trace/${keptnContext}`);
  io.err.write(`\n${said}\npage ${page}\n`);
  return code;
}

export function evaluationsOf({ tasks }: Timeline): Evaluation[] {
  return tasks.flatMap(({ evaluation, outcome }) => (evaluation && outcome ? [evaluation] : []));
}

/** Exit code and the sentence that says why (Keptn's users: ux.md 1.6). */
export function exitOf(
  { timeline, ended }: Followed,
  flags: Pick<Values<typeof WAIT>, "fail-on" | "allow-empty">,
): { code: number; said: string } {
  if (ended === "timedOut") return { code: EXIT.timedOut, said: "not over in time" };
  const result = resultOf(timeline);
  if (result === "aborted") return { code: EXIT.aborted, said: "aborted" };
  if (result === "timedOut")
    return { code: EXIT.timedOut, said: "timed out: a task had no answer" };
  if (result === "fail") return { code: EXIT.fail, said: "result fail" };
  const empty = evaluationsOf(timeline).some(isEmpty);
  if (empty && !flags["allow-empty"]) {
    const said = `${NOTHING_EVALUATED.message} (${NOTHING_EVALUATED.rule})`;
    return { code: EXIT.error, said: `${said}: say --allow-empty if that is intended` };
  }
  if (result === "warning" && flags["fail-on"] === "warning") {
    return { code: EXIT.warning, said: "result warning" };
  }
  return { code: EXIT.ok, said: `result ${result}` };
}

/** Design §7: it passes on the wire, and is shown as a warning. */
function isEmpty(evaluation: Evaluation): boolean {
  const { result } = evaluation;
  return measuredNothing({ status: "succeeded", result, message: "", evaluation });
}
