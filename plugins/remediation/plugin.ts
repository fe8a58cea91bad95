/** Picks the next action for a problem out of the service's `remediation.yaml`. @module */
import { definePlugin, type EventData } from "periplus/plugin";

interface Action {
  readonly name: string;
  readonly action: string;
  readonly description?: string;
  readonly value?: unknown;
}
interface Remediation {
  readonly remediations: readonly {
    readonly problemType: string;
    readonly actionsOnOpen?: readonly Action[];
  }[];
}
interface Problem {
  readonly cause: string;
  readonly title: string;
}

/** First by root cause, then by title, then the default; an entry without a list is passed over. */
function actionsFor(
  { remediations }: Remediation,
  problem: Problem,
): readonly Action[] | undefined {
  for (const type of [problem.cause, problem.title, "default"]) {
    const entry = remediations.find(({ problemType }) => problemType === type);
    if (entry?.actionsOnOpen) return entry.actionsOnOpen;
  }
  return undefined;
}

function describe({ cause, title }: Problem): string {
  if (cause) return `root cause ${cause}`;
  return title ? `problem title ${title}` : "problem type default";
}

/** The problem and how many actions were tried before; undefined when a field has a wrong type. */
function readInput(data: EventData): { problem: Problem; index: number } | undefined {
  const { rootCause = "", problemTitle = "" } = data.problem ?? {};
  const tried = (data["get-action"] ?? {}) as { readonly actionIndex?: unknown };
  const index = tried.actionIndex ?? 0;
  if (typeof rootCause !== "string" || typeof problemTitle !== "string") return undefined;
  if (typeof index !== "number") return undefined;
  return { problem: { cause: rootCause, title: problemTitle }, index };
}

export default definePlugin({
  name: "remediation",
  version: "1.0.0",
  api: 1,
  source: "remediation-service",
  tasks: {
    /** Result and status start afresh in each round, so that the loop reaches its next action. */
    async "get-action"(ctx) {
      const input = readInput(ctx.data);
      if (!input) return ctx.errored("Could not decode input event data");
      const { problem, index } = input;
      let file: Remediation | undefined;
      try {
        file = await ctx.resources.remediation<Remediation>({ level: "service" });
      } catch (error) {
        const { name, message } = error as Error;
        ctx.log.error(message);
        if (name === "SyntaxError") {
          return ctx.errored(
            "Could not parse remediation.yaml file. Please validate it against the specification.",
          );
        }
      }
      if (!file) {
        const { service, stage } = ctx;
        return ctx.errored(
          `Could not get remediation.yaml file for services ${service} in stage ${stage}.`,
        );
      }
      const actions = actionsFor(file, problem);
      if (!actions) return ctx.fail(`unable to find action for ${describe(problem)}`);
      const action = index < 0 ? undefined : actions[index];
      if (!action) {
        return ctx.fail(`there is no action with index ${index} for ${describe(problem)}`);
      }
      return ctx.pass({ action: { ...action }, "get-action": { actionIndex: index + 1 } });
    },
  },
});
