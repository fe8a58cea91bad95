/** The log of a host as a source of tasks. @module */
import { type TaskSourceBench, testTaskSource } from "../../contract/task_source.ts";
import { Bench } from "./bench.ts";
import { settled } from "./clock.ts";

/** The log shows an event once: a repetition is what a restart finds. */
async function open(): Promise<TaskSourceBench> {
  const bench = await Bench.open({});
  return {
    async start(plugins) {
      bench.plugins.clear();
      for (const [hash, plugin] of Object.entries(plugins)) bench.plugins.set(hash, plugin);
      await bench.start();
    },
    async trigger() {
      await bench.trigger("deployment.triggered");
      await settled();
    },
    repeat: () => settled(),
    async abort() {
      await bench.trigger("dev.delivery.finished", { status: "aborted" });
      await settled();
    },
    answers: () =>
      bench.log
        .filter(({ event }) => event.triggeredid !== undefined)
        .map(({ event }) => `${event.type.split(".").at(-1)} ${event.triggeredid}`),
    async until(ready) {
      while (!ready()) await settled();
    },
    stop: () => bench.platform.stop(),
  };
}

testTaskSource("log of the host", open);
