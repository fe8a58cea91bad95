/** One chapter of the demo: something is triggered, watched until it is over, and judged. @module */
import { KeptnError } from "../../spec/errors.ts";
import { sliTable } from "../../spec/sli_table.ts";
import type { Connection } from "../connect.ts";
import type { Io } from "../io.ts";
import { painter } from "../output.ts";
import { follow } from "../timeline/follow.ts";
import { resultOf, type Timeline } from "../timeline/model.ts";
import { createPainter } from "../timeline/paint.ts";
import { answerApproval, openApprovals } from "../verbs/approval.ts";
import { patient, sendOnce } from "./patient.ts";
import { PROJECT } from "./scene.ts";

export interface Stagehand {
  readonly host: Connection;
  readonly io: Io;
  /** Whether a person answers the approval. */
  readonly interactive: boolean;
}
export interface Chapter {
  readonly title: string;
  readonly event: object;
  /** What it has to come to; what is named is not as expected. */
  readonly expected: (timeline: Timeline) => Promise<readonly string[]>;
}
export interface Told {
  readonly timeline: Timeline;
  readonly problems: readonly string[];
}

/** A chapter that takes longer than this has gone wrong; a person may take their time. */
const LATEST_MS = 120_000;

export async function tell(chapter: Chapter, stagehand: Stagehand): Promise<Told> {
  const { host, io, interactive } = stagehand;
  io.out.write(`\n${painter(io, io.out)("bold", chapter.title)}\n`);
  const keptnContext = await sendOnce(host, io, chapter.event);
  const approver = interactive ? undefined : approveOnce(stagehand, keptnContext);
  const { timeline, ended } = await patient(host, io, () =>
    follow({
      client: host.client,
      project: PROJECT,
      keptnContext,
      painter: createPainter(io.out, painter(io, io.out)),
      interrupted: io.interrupted,
      ...(interactive ? {} : { timeout: LATEST_MS }),
      ...(approver ? { onChange: approver.look } : {}),
    }),
  );
  await approver?.done();
  for (const { evaluation, stage } of timeline.tasks) {
    if (evaluation) io.out.write(`\n${stage}\n${sliTable(evaluation).join("\n")}\n`);
  }
  const late = `it was not over after ${LATEST_MS / 1_000} s`;
  const problems = ended === "timedOut" ? [late] : await chapter.expected(timeline);
  const sign = problems.length === 0 ? "as expected" : `not as expected: ${problems.join("; ")}`;
  io.out.write(`\nresult ${resultOf(timeline)}, ${sign}\n`);
  return { timeline, problems };
}

/** Approves as soon as the approval waits for somebody. */
function approveOnce(
  { host, io }: Stagehand,
  keptnContext: string,
): { look: (timeline: Timeline) => void; done: () => Promise<void> } {
  let answering: Promise<void> | undefined;
  const answer = async (): Promise<void> => {
    const open = await openApprovals(host.client, { project: PROJECT });
    const approval = open.find((one) => one.shkeptncontext === keptnContext);
    if (approval) await answerApproval(host.client, approval, "pass", "approved by the demo");
  };
  return {
    look({ tasks }) {
      const waits = tasks.some(
        ({ name, parts, outcome }) => name === "approval" && parts.length > 0 && !outcome,
      );
      if (waits) answering ??= patient(host, io, answer);
    },
    done: async () => answering,
  };
}

/** Names what differs from what is wanted. */
export function differences(facts: {
  readonly [what: string]: readonly [seen: unknown, wanted: unknown];
}): string[] {
  return Object.entries(facts)
    .filter(([, [seen, wanted]]) => seen !== wanted)
    .map(([what, [seen, wanted]]) => `${what} is ${String(seen)} instead of ${String(wanted)}`);
}

/** Result of a stage's sequence, or undefined when it did not run. */
export function outcomeOf(timeline: Timeline, stage: string, name: string): string | undefined {
  return timeline.runs.findLast((run) => run.stage === stage && run.name === name)?.outcome?.result;
}

/** @throws {KeptnError} when it is not there */
export function taskOf(timeline: Timeline, stage: string, name: string) {
  const task = timeline.tasks.findLast((one) => one.stage === stage && one.name === name);
  if (task) return task;
  throw new KeptnError("ERR_NOT_FOUND", `no task ${name} ran in ${stage}`);
}
