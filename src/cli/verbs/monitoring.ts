/** `configure monitoring`. @module */
import { setTimeout as sleep } from "node:timers/promises";
import { EVENT_PREFIX } from "../../spec/event_type.ts";
import { textAt } from "../../spec/json.ts";
import { hostCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { needed } from "../flags.ts";
import { readEvents } from "./events.ts";
import { postEvent } from "./send.ts";

const ANSWER = `${EVENT_PREFIX}configure-monitoring.finished`;
const ATTEMPTS = 10;
const PAUSE_MS = 500;

export const configureMonitoring = hostCommand({
  args: "PROVIDER",
  summary: "choose the provider of SLI values for a project",
  flags: {
    project: needed("name of the project", { short: "p", value: "NAME" }),
    service: needed("name of the service", { short: "s", value: "NAME" }),
  },
  examples: ["periplus configure monitoring prometheus --project=sockshop --service=carts"],
  async run({ args, flags, io, host }) {
    const { project, service } = flags;
    const { keptnContext } = await postEvent(host.client, {
      type: `${EVENT_PREFIX}monitoring.configure`,
      source: "periplus-cli",
      specversion: "1.0",
      data: { project, service, type: args[0] },
    });
    io.out.write(`${host.quiet ? "" : "ID of Keptn context: "}${keptnContext}\n`);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const [answer] = await readEvents(host.client, { type: ANSWER, project, keptnContext });
      if (answer) {
        const failed = textAt(answer.data, "result") === "fail";
        io.err.write(`${textAt(answer.data, "message") || "Monitoring configured"}\n`);
        return failed ? EXIT.fail : EXIT.ok;
      }
      await sleep(PAUSE_MS, undefined, { signal: io.interrupted });
    }
    io.err.write(`${args[0]} is set; no integration answered, which plugins need not do\n`);
    return EXIT.ok;
  },
});
