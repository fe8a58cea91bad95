/** `periplus demo`: a real delivery through a quality gate, from commit to production. @module */
import { join } from "node:path";
import { command, type Input } from "../command.ts";
import { connect, HOST_FLAGS } from "../connect.ts";
import { type Flags, text, toggle, usage } from "../flags.ts";
import { runCrew } from "./crew.ts";
import { runDemo } from "./demo.ts";
import { dataFolder } from "./host.ts";
import { runScraper } from "./scraper_process.ts";
import { runWorkload } from "./workload.ts";

const FLAGS = {
  ...HOST_FLAGS,
  interactive: toggle("you approve, on the page or by command"),
  remove: toggle("remove what the demo made: project, grant and processes"),
  port: text("of the part", { hidden: true }),
  shop: text("for the scraper: address of the shop", { hidden: true }),
} satisfies Flags;

export const demo = command({
  args: "[PART]",
  summary: "watch real deliveries through a quality gate; starts a host when there is none",
  flags: FLAGS,
  examples: ["periplus demo", "periplus demo --interactive", "periplus demo --remove"],
  run(input) {
    const [part] = input.args;
    return part === undefined ? runDemo(input) : runPart(part, input);
  },
});

/** The processes of the demo are this command too, so that they need no further program. */
async function runPart(part: string, { flags, io, place }: Input<typeof FLAGS>): Promise<number> {
  const port = Number(flags.port ?? 0);
  if (part === "scraper") return runScraper(port, flags.shop ?? "", io);
  const host = await connect(flags, io);
  if (part === "workload") return runWorkload(host.client, port, io);
  if (part === "crew") return runCrew(host, join(dataFolder(io), "demo"), io, place);
  throw usage(`the demo has no part ${part}: workload, scraper and crew are its parts`);
}
