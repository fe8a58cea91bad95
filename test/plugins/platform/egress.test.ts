/** The egress port on Node: what it lets through, by address. @module */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../../../src/host/adapters/egress/address.ts";
import { nodeEgress } from "../../../src/host/adapters/egress/node_egress.ts";

let server: Server;
let port = 0;
const hosts: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    hosts.push(request.headers.host ?? "");
    if (request.url === "/big") response.end("x".repeat(5_000));
    else if (request.url !== "/never") response.end(`${request.method} ${request.url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const signal = new AbortController().signal;
const ask = (url: string, privately: string[], resolve?: string[]) =>
  nodeEgress({
    maxBytes: 1_000,
    ...(resolve ? { resolve: () => Promise.resolve(resolve) } : {}),
  }).send({ url, method: "GET", headers: {}, privately }, signal);

test.each([
  ["8.8.8.8", [], undefined],
  ["2606:4700::1111", [], undefined],
  ["10.1.2.3", [], /private address/],
  ["10.1.2.3", ["10.0.0.0/8"], undefined],
  ["10.1.2.3", ["host:80"], undefined],
  ["10.1.2.3", ["host:81"], /private address: grant host:80 or its CIDR/],
  ["127.0.0.1", [], /loopback/],
  ["127.0.0.1", ["127.0.0.0/8"], undefined],
  ["::1", [], /loopback/],
  ["::ffff:127.0.0.1", [], /loopback/],
  ["::ffff:10.0.0.1", ["10.0.0.0/8"], undefined],
  ["169.254.169.254", ["0.0.0.0/0"], /linkLocal/],
  ["fe80::1", ["::/0"], /linkLocal/],
  ["fd00:ec2::254", ["::/0"], /metadata/],
  ["100.100.100.200", ["0.0.0.0/0"], /metadata/],
  ["0.0.0.0", ["0.0.0.0/0"], /unspecified/],
  ["64:ff9b::7f00:1", ["::/0"], /rfc6052/],
  ["2002:7f00:1::", ["::/0"], /6to4/],
] as const)("%s with grants %j", (address, privately, message) => {
  const refused = refusal(address, "host:80", { privately });
  if (message === undefined) expect(refused).toBeUndefined();
  else expect(refused).toMatch(message);
});

test("a range alone covers nothing outside it", () => {
  const permitted = { privately: ["10.0.0.0/8"], only: true };
  expect(refusal("8.8.8.8", "host:80", permitted)).toMatch(/outside the granted ranges/);
  expect(refusal("10.0.0.1", "host:80", permitted)).toBeUndefined();
});

test("the address that was checked is the one that is reached", async () => {
  const answer = await ask(
    `http://shop.example:${port}/x`,
    [`shop.example:${port}`],
    ["127.0.0.1"],
  );
  expect(new TextDecoder().decode(answer.body)).toBe("GET /x");
  expect(hosts.at(-1)).toBe(`shop.example:${port}`);
});

test.each(["2130706433", "0177.0.0.1", "0x7f.1", "127.1", "localhost."])(
  "http://%s is this machine in disguise",
  async (host) => {
    await expect(ask(`http://${host}:${port}/`, [])).rejects.toMatchObject({
      code: "ERR_PLUGIN_DENIED",
      message: expect.stringMatching(/loopback/) as string,
    });
  },
);

test("a name that resolves to metadata is refused whatever is granted", async () => {
  await expect(
    ask("http://shop.example/", ["shop.example:80"], ["169.254.169.254"]),
  ).rejects.toMatchObject({ code: "ERR_PLUGIN_DENIED" });
});

test("an answer above the limit is cut off", async () => {
  await expect(ask(`http://127.0.0.1:${port}/big`, [`127.0.0.1:${port}`])).rejects.toMatchObject({
    code: "ERR_UPSTREAM",
    message: expect.stringMatching(/more than 1000 bytes/) as string,
  });
});

test("no answer in time", async () => {
  const egress = nodeEgress();
  const url = `http://127.0.0.1:${port}/never`;
  const request = { url, method: "GET", headers: {}, privately: [`127.0.0.1:${port}`] };
  await expect(egress.send(request, AbortSignal.timeout(30))).rejects.toMatchObject({
    code: "ERR_UPSTREAM",
  });
});
