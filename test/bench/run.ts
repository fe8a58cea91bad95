/** All benches, each figure beside the raw limit of the same run. @module */
import { benchGrowth } from "./growth.ts";
import { benchIngest } from "./ingest.ts";
import { benchSandbox } from "./sandbox.ts";
import { benchPlugins, benchPollers } from "./sequences.ts";
import { asText, type Figure } from "./report.ts";
import { benchStart } from "./start.ts";

const BENCHES: Record<string, (root: string) => Promise<Figure[]>> = {
  start: benchStart,
  ingest: benchIngest,
  plugins: benchPlugins,
  pollers: benchPollers,
  sandbox: benchSandbox,
  growth: (root) => benchGrowth(root, Number(process.env.BENCH_EVENTS ?? 1_000_000)),
};

/** The command: `[--json] [NAME…]`. */
export async function main(args: readonly string[], { root }: { root: string }): Promise<number> {
  const json = args.includes("--json");
  const names = args.filter((arg) => !arg.startsWith("--"));
  const unknown = names.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) {
    console.error(`no bench ${unknown.join(", ")}: there are ${Object.keys(BENCHES).join(", ")}`);
    return 1;
  }
  const figures: Figure[] = [];
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const made = await bench(root);
    figures.push(...made);
    if (!json) console.log(asText(made));
  }
  if (json) console.log(JSON.stringify(figures, undefined, 2));
  return 0;
}
