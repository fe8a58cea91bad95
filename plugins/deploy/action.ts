/** Task action: changes of the values that a remediation asks for. @module */
import type { Result, TaskContext } from "periplus/plugin";
import { isMap, readValues, type Values, writeValues } from "./values.ts";

/** Scales, or flips a feature that the values know; leaves every other action to other executors. */
export async function action(ctx: TaskContext): Promise<Result> {
  const wanted = ctx.data.action ?? {};
  if (wanted.action === "scaling") return scale(ctx, wanted.value);
  if (wanted.action === "toggle-feature") return toggle(ctx, wanted.value);
  return ctx.ignore();
}

/** The value is a text with the number of replicas to add (Keptn: plugins-behaviour.md 7.5). */
async function scale(ctx: TaskContext, value: unknown): Promise<Result> {
  if (typeof value !== "string") return ctx.fail("could not parse action.value to string value");
  if (!/^[+-]?\d+$/.test(value)) return ctx.fail("could not parse action.value to int");
  const values = (await readValues(ctx, "current")) ?? {};
  const before = typeof values.replicaCount === "number" ? values.replicaCount : 1;
  const replicaCount = before + Number(value);
  await change(ctx, { ...values, replicaCount }, `scale to ${replicaCount} replicas`);
  return ctx.pass({}, "Successfully executed scaling action");
}

async function toggle(ctx: TaskContext, value: unknown): Promise<Result> {
  const values = (await readValues(ctx, "current")) ?? {};
  const { features } = values;
  if (!isMap(features) || !isMap(value)) return ctx.ignore();
  const known = Object.entries(value).filter(([name]) => Object.hasOwn(features, name));
  if (known.length === 0) return ctx.ignore();
  const said = known.map(([name, state]) => `${name} ${String(state)}`).join(", ");
  const flipped = { ...features, ...Object.fromEntries(known) };
  await change(ctx, { ...values, features: flipped }, `switch ${said}`);
  return ctx.pass({}, `Switched ${said}`);
}

async function change(ctx: TaskContext, values: Values, what: string): Promise<void> {
  await writeValues(ctx, "current", values, `${what} (${ctx.context})`);
}
