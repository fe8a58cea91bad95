/** The shop: one HTTP server with every stage below its own path. @module */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { behaviourOf, type Deployed } from "./behaviour.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

interface StageShop {
  deployed: Deployed;
  readonly metrics: Metrics;
}
export interface Shop {
  readonly server: Server;
  /** Rolls out what the values of a stage say; requests under way end as they began. */
  roll(stage: string, deployed: Deployed): void;
}

/** Delays vary by this share, evenly. */
const SPREAD = 0.2;

/**
 * Serves `/STAGE/carts` (the work), `/STAGE/version` and `/STAGE/metrics`.
 *
 * A stage without a deployed image answers its work with 503.
 */
export function createShop(stages: readonly string[], random: () => number = Math.random): Shop {
  const shops = new Map<string, StageShop>(
    stages.map((stage) => [stage, { deployed: { features: [] }, metrics: createMetrics() }]),
  );
  const server = createServer((request, response) => answer(shops, random, request, response));
  return {
    server,
    roll(stage, deployed) {
      const shop = shops.get(stage);
      if (shop) shop.deployed = deployed;
    },
  };
}

function answer(
  shops: ReadonlyMap<string, StageShop>,
  random: () => number,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const [, stage = "", what = ""] = (request.url ?? "/").split("?")[0]!.split("/");
  const shop = shops.get(stage);
  if (shop && what === "carts") return work(shop, random, response);
  if (shop && what === "version") return json(response, 200, shop.deployed);
  if (shop && what === "metrics") {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
    response.end(shop.metrics.text());
    return;
  }
  json(response, 404, {
    message: `nothing is at ${request.url}: try /${[...shops.keys()][0]}/carts`,
  });
}

function work(shop: StageShop, random: () => number, response: ServerResponse): void {
  if (shop.deployed.image === undefined) {
    return json(response, 503, { message: "nothing is deployed here yet" });
  }
  const { delay, errors } = behaviourOf(shop.deployed);
  const status = random() < errors ? 500 : 200;
  const started = performance.now();
  setTimeout(
    () => {
      shop.metrics.count(status, (performance.now() - started) / 1_000);
      json(response, status, status === 200 ? { items: 3 } : { message: "the promotion failed" });
    },
    delay * (1 + SPREAD * (random() - 0.5)),
  );
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
