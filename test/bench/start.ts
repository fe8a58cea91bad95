/** Cold start, and the first sequence after a kill with a large log. @module */
import { createProject, residentMb, startHost, triggerBody } from "./host.ts";
import { type Figure, quantile } from "./report.ts";

export async function benchStart(root: string): Promise<Figure[]> {
  const first = await startHost({ root });
  await createProject(first);
  await first.stop();
  const ready: number[] = [];
  for (let n = 0; n < 5; n++) {
    const again = await startHost({ root, folder: first.folder });
    ready.push(again.readyMs);
    await again.stop();
  }
  const idle = await startHost({ root, folder: first.folder });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const memory = residentMb(idle.pid);
  await idle.stop();
  first.remove();
  return [
    {
      name: "memory idle, shipped plugins loaded, child processes included",
      value: memory,
      unit: "MB",
      aim: { is: "atMost", value: 120 },
    },
    {
      name: "process start → ready, cached bundles",
      value: quantile(ready, 0.5),
      unit: "ms",
      aim: { is: "atMost", value: 500 },
    },
  ];
}

/** Milliseconds from the start of a killed host to the first task of a new sequence. */
export async function firstSequence(root: string, folder: string): Promise<number> {
  const begun = performance.now();
  const host = await startHost({ root, folder });
  const context = crypto.randomUUID();
  const path = "/api/controlPlane/v1/event/triggered/sh.keptn.event.one.triggered?wait=30s";
  const polled = host.client.send("GET", path);
  await host.client.send("POST", "/api/v1/event", triggerBody(`after-${context}`, context));
  await polled;
  const took = performance.now() - begun;
  await host.stop();
  return took;
}
