/** A foreign system: logs every request with its key before it answers. Prints its port, then one JSON line each. @module */
import { createServer } from "node:http";

const server = createServer((request, response) => {
  const key = request.headers["idempotency-key"] ?? null;
  process.stdout.write(`${JSON.stringify({ key, path: request.url, at: Date.now() })}\n`);
  request.resume().on("end", () => {
    // Long enough for a kill to find calls without an answer.
    setTimeout(() => response.writeHead(201).end("{}"), Math.random() * 20);
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
