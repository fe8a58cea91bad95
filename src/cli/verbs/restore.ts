/** `restore`. @module */
import { resolve } from "node:path";
import { restoreNodeHost } from "../../host/runtime/restore.ts";
import { command } from "../command.ts";
import { toggle } from "../flags.ts";

export const restore = command({
  args: "FILE",
  summary: "put a backup into the data directory of a stopped host",
  flags: { force: toggle("replace what the directory holds") },
  examples: ["periplus restore periplus.tar", "PERIPLUS_DATA_DIR=other periplus restore b.tar"],
  async run({ args, flags, io }) {
    const file = resolve(io.cwd, args[0]!);
    const folder = await restoreNodeHost({ env: io.env, file, force: flags.force });
    io.err.write(`restored into ${folder}: start the host with periplus serve\n`);
    return 0;
  },
});
