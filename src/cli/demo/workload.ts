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

/** Reads all stages, then each stage again in which something finished. */
async function follow(client: Client, shop: Shop, io: Io): Promise<void> {
  const stream = await openStream(client, { project: PROJECT }, io.interrupted);
  const roll = async (stage: string): Promise<void> => {
    const deployed = await readDeployed(client, stage);
    shop.roll(stage, deployed);
    io.out.write(`${stage}: ${deployed.image ?? "nothing"} ${deployed.features.join(" ")}\n`);
  };
  for (const stage of STAGES) await roll(stage);
  for await (const message of stream) {
    if (message.kind === "reset") return;
    if (message.kind !== "event" || !message.event.type.endsWith(".finished")) continue;
    const stage = textAt(message.event.data, "stage");
    if (stage && STAGES.some((name) => name === stage)) await roll(stage);
  }
}
