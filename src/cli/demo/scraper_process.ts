/** The stand-in for Prometheus as a process of its own. @module */
import { once } from "node:events";
import type { Io } from "../io.ts";
import { jobOf, STAGES } from "./scene.ts";
import { createScraper } from "./scraper.ts";

/** Scrapes the shop and answers on a port of this machine until it is told to end. */
export async function runScraper(port: number, shop: string, io: Io): Promise<number> {
  const scraper = createScraper(
    STAGES.map((stage) => ({ job: jobOf(stage), url: `${shop}/${stage}/metrics` })),
  );
  scraper.server.listen(port, "127.0.0.1");
  await once(scraper.server, "listening");
  if (!io.interrupted.aborted) await once(io.interrupted, "abort");
  scraper.stop();
  scraper.server.close();
  return 0;
}
