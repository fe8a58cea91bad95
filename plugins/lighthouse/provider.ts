/** Which SLI provider measures for a project. @module */
import type { Context, TaskContext } from "periplus/plugin";

export interface Config {
  readonly sliProvider?: string;
  readonly timeout: string;
}

const LEVELS = ["project", "stage", "service"] as const;
const SLI_FILE = /^([\w.-]+)\/sli\.yaml$/;

/** `monitoring.configure` names the provider of a project (Keptn: lighthouse.md 9). */
export async function rememberProvider(ctx: Context<Config>): Promise<void> {
  const { project, type } = ctx.data;
  if (typeof project !== "string" || project === "" || typeof type !== "string") {
    ctx.log.warn("monitoring.configure ignored: project and type must be texts");
    return;
  }
  await ctx.kv.set(keyOf(project), type);
}

/**
 * What `monitoring.configure` set, else the configured one, else the only `<provider>/sli.yaml`,
 * else the only installed plugin that answers `get-sli`; undefined when none of them decides.
 */
export async function chooseProvider(ctx: TaskContext<Config>): Promise<string | undefined> {
  const remembered = await ctx.kv.get<string>(keyOf(ctx.project));
  if (remembered !== undefined) return remembered;
  if (ctx.config.sliProvider) return ctx.config.sliProvider;
  return only(await providersWithFile(ctx)) ?? only(await ctx.events.answerers("get-sli"));
}

async function providersWithFile(ctx: TaskContext<Config>): Promise<string[]> {
  const lists = await Promise.all(LEVELS.map((level) => ctx.resources.list(level)));
  const names = lists.flat().map((path) => SLI_FILE.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}

function keyOf(project: string): string {
  return `sli-provider/${project}`;
}
