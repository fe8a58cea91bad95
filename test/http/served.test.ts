/** The suite of the HTTP application on a real port of this runtime. @module */
import { systemClock } from "../../src/host/adapters/clock/system.ts";
import { listen } from "../../src/host/adapters/server/node_server.ts";
import { httpSuite } from "../contract/http.ts";
import { openHost, TOKEN } from "./host.ts";

httpSuite("served by node:http", async () => {
  const host = await openHost({}, { clock: systemClock() });
  const server = await listen({ host: "127.0.0.1", port: 0, fetch: host.app.fetch });
  return {
    url: `http://127.0.0.1:${server.port}`,
    token: TOKEN,
    drain: () => host.drain(),
    async close() {
      await server.close(0);
      await host.close();
    },
  };
});
