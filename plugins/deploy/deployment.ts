/** Tasks deployment, release and rollback: each is a commit. @module */
import type { JsonObject, Result, TaskContext } from "periplus/plugin";
import { isMap, merge, readValues, writeValues } from "./values.ts";

/** Reported strategy and names of what was deployed (Keptn: plugins-behaviour.md 7.2). */
const STRATEGIES: {
  readonly [strategy: string]: { readonly reported: string; readonly name: string };
} = {
  gitops: { reported: "gitops", name: "gitops" },
  direct: { reported: "direct", name: "direct" },
  duplicate: { reported: "duplicate", name: "canary" },
  blue_green_service: { reported: "duplicate", name: "canary" },
};

export async function deployment(
  ctx: TaskContext<JsonObject, { readonly deploymentstrategy: string }>,
): Promise<Result> {
  const { deploymentstrategy } = ctx.props;
  if (deploymentstrategy === "user_managed") {
    return ctx.leaveOpen("user_managed: waiting for deployment.finished from outside");
  }
  const strategy = STRATEGIES[deploymentstrategy];
  if (!strategy) {
    return ctx.errored(`The deployment strategy ${deploymentstrategy} is invalid`);
  }
  const before = await readValues(ctx, "current");
  const change = ctx.data.configurationChange?.values;
  if (!before && !change) return ctx.fail("no image: trigger with --image NAME:TAG");
  const values = merge(before ?? {}, change ?? {});
  const image = typeof values.image === "string" ? values.image : "values";
  const commit = await writeValues(ctx, "current", values, `deploy ${image} (${ctx.context})`);
  return ctx.pass(
    {
      deployment: {
        deploymentstrategy: strategy.reported,
        deploymentNames: [strategy.name],
        ...(await addresses(ctx)),
        ...(commit === undefined ? {} : { gitCommit: commit }),
      },
    },
    "Successfully deployed",
  );
}

/** Remembers what runs as released, unless it failed; hands on the incoming result. */
export async function release(ctx: TaskContext): Promise<Result> {
  const result = ctx.data.result || "pass";
  const values = await readValues(ctx, "current");
  if (values && result !== "fail") {
    const image = typeof values.image === "string" ? values.image : "values";
    await writeValues(ctx, "released", values, `release ${image} (${ctx.context})`);
  }
  return handOn(ctx, "Finished release");
}

/** Goes back to what was released last; hands on the incoming result. */
export async function rollback(ctx: TaskContext): Promise<Result> {
  const values = await readValues(ctx, "released");
  if (!values) return handOn(ctx, "Finished rollback: nothing was released here before");
  const image = typeof values.image === "string" ? values.image : "values";
  await writeValues(ctx, "current", values, `roll back to ${image} (${ctx.context})`);
  return handOn(ctx, `Finished rollback to ${image}`);
}

function handOn(ctx: TaskContext, message: string): Result {
  if (ctx.data.result === "fail") return ctx.fail(message);
  return ctx.data.result === "warning" ? ctx.warn(message) : ctx.pass({}, message);
}

const ADDRESSES = ["deploymentURIsLocal", "deploymentURIsPublic"] as const;

/** Addresses out of `helm/endpoints.yaml`, else those that came with the event. */
async function addresses(ctx: TaskContext): Promise<{ [list: string]: unknown }> {
  const file = await ctx.resources.parse("helm/endpoints.yaml");
  const found: { [list: string]: unknown } = {};
  for (const list of ADDRESSES) {
    const uris = (isMap(file) ? file[list] : undefined) ?? ctx.data.deployment?.[list];
    if (Array.isArray(uris)) found[list] = uris;
  }
  return found;
}
