/** Approves by itself what the shipyard calls automatic, and leaves the rest to a person. @module */
import { definePlugin, type EventData, s } from "periplus/plugin";

interface Strategies {
  readonly pass?: string;
  readonly warning?: string;
}

/** Keptn: plugins-behaviour.md 2. A strategy that is not set is manual; a failed task needs no person. */
function strategyFor(result: string, { pass, warning }: Strategies): string {
  if (result === "fail") return "automatic";
  if (result === "pass") return pass || "manual";
  if (result === "warning") return warning || "manual";
  return "manual";
}

function resultOf(data: EventData): string {
  return data.result || data.evaluation?.result || "";
}

export default definePlugin({
  name: "approval",
  version: "1.0.0",
  api: 1,
  source: "approval-service",
  tasks: {
    approval: {
      props: s.object({ pass: s.optional(s.string()), warning: s.optional(s.string()) }),
      async run(ctx) {
        const result = resultOf(ctx.data);
        const strategy = strategyFor(result, ctx.props);
        const message = `Approval strategy for result '${result}': ${strategy}`;
        await ctx.started({ message });
        if (strategy !== "automatic") return ctx.leaveOpen(message);
        return result === "fail" ? ctx.fail() : ctx.pass();
      },
    },
  },
});
