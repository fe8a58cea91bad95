#!/usr/bin/env node
// A plain program as executor of `test`: the event comes on standard input, every printed line
// becomes a line of the live log, the last line is the data of the answer, the exit code its result.
import { setTimeout as sleep } from "node:timers/promises";

const USERS = 4;
const THINK_MS = 15;
const SECONDS = { functional: 2, performance: 4 };

const event = JSON.parse(await new Response(process.stdin).text());
const { stage, configurationChange, deployment, test } = event.data;
const shop = deployment?.deploymentURIsLocal?.[0];
if (!shop) throw new Error("no address: deployment.deploymentURIsLocal is empty");
const image = configurationChange?.values?.image;

/** A deployment is a commit: the shop follows it a moment later. */
async function rolledOut() {
  for (const until = Date.now() + 15_000; Date.now() < until; await sleep(50)) {
    const running = await (await fetch(`${shop}/version`)).json();
    if (running.image && (!image || running.image === image)) return running;
  }
  throw new Error(`${stage} does not run ${image}`);
}

async function user(until, seen) {
  while (Date.now() < until) {
    const { status } = await fetch(`${shop}/carts`);
    seen.requests += 1;
    if (status !== 200) seen.failures += 1;
    await sleep(THINK_MS);
  }
}

const running = await rolledOut();
const seconds = SECONDS[test?.teststrategy] ?? 4;
console.log(`${running.image} runs in ${stage}: ${USERS} users for ${seconds} s`);
const seen = { requests: 0, failures: 0 };
const start = new Date();
await Promise.all(
  Array.from({ length: USERS }, () => user(start.getTime() + seconds * 1_000, seen)),
);
const end = new Date();
// The numbers are Prometheus' business: its next scrape has them all.
await sleep(700);
console.log(
  JSON.stringify({
    message: `${seen.requests} requests, ${seen.failures} of them failed`,
    test: { start: start.toISOString(), end: end.toISOString() },
  }),
);
