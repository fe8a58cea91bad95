/** `periplus stop`: ends the host of this folder. @module */
import { setTimeout as sleep } from "node:timers/promises";
import { KeptnError } from "../spec/errors.ts";
import { command } from "./command.ts";
import { isAlive, localHost } from "./connect.ts";

/** A host drains within two seconds. */
const LATEST_MS = 5_000;
const STEP_MS = 25;

export const stop = command({
  summary: "end the host of PERIPLUS_DATA_DIR, else of the nearest .periplus upwards",
  flags: {},
  examples: ["periplus stop"],
  async run({ io }) {
    const host = localHost(io);
    if (host === undefined) {
      const where = io.env.PERIPLUS_DATA_DIR ?? "no .periplus here or upwards";
      throw new KeptnError("ERR_HOST_UNREACHABLE", `no host runs (looked at: ${where})`);
    }
    process.kill(host.pid, "SIGTERM");
    for (let waited = 0; isAlive(host.pid); waited += STEP_MS) {
      if (waited > LATEST_MS) {
        throw new KeptnError(
          "ERR_HOST_UNREACHABLE",
          `host ${host.pid} does not end: kill -9 ${host.pid} loses nothing that was accepted`,
        );
      }
      await sleep(STEP_MS);
    }
    io.err.write(`stopped host ${host.pid} at ${host.endpoint}\n`);
    return 0;
  },
});
