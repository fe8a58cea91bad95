/** The workload as a process of its own: the shop, which runs what the project's git says. @module */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { KeptnError } from "../../spec/errors.ts";
import { textAt } from "../../spec/json.ts";
import type { Client } from "../client.ts";
import type { Io } from "../io.ts";
import { openStream } from "../stream.ts";
import { PROJECT, STAGES } from "./scene.ts";
import { createShop, type Shop } from "./shop.ts";
import { readDeployed } from "./values.ts";

const RETRY_MS = 500;
const POLL_MS = 1_000;

/** Serves on a port of this machine until it is told to end. */
export async function runWorkload(client: Client, port: number, io: Io): Promise<number> {
  const shop = createShop(STAGES);
  shop.server.listen(port, "127.0.0.1");
  await once(shop.server, "listening");
  while (!io.interrupted.aborted) {
    try {
      await follow(client, shop, io);
    } catch (error) {
      if (io.interrupted.aborted) break;
      if (!KeptnError.is(error)) throw error;
      io.err.write(`${error.message}: trying again\n`);
    }
    await sleep(RETRY_MS, undefined, { signal: io.interrupted }).catch(() => undefined);
  }
  shop.server.close();
  return 0;
}

/** Follows the commits: at once where something finished, within a second otherwise. */
async function follow(client: Client, shop: Shop, io: Io): Promise<void> {
  const stream = await openStream(client, { project: PROJECT }, io.interrupted);
  const roll = async (stage: string): Promise<void> => {
    shop.roll(stage, await readDeployed(client, stage));
  };
  const rollAll = async (): Promise<void> => {
    for (const stage of STAGES) await roll(stage);
  };
  await rollAll();
  // A commit of a person comes with no event: it is seen a moment later.
  const poll = setInterval(() => {
    rollAll().catch((error: unknown) => io.err.write(`${(error as Error).message}\n`));
  }, POLL_MS);
  try {
    for await (const message of stream) {
      if (message.kind === "reset") return;
      if (message.kind !== "event" || !message.event.type.endsWith(".finished")) continue;
      const stage = STAGES.find((name) => name === textAt(message.event.data, "stage"));
      if (stage) await roll(stage);
    }
  } finally {
    clearInterval(poll);
  }
}
