/** Bad input as a user meets it: one clear error each, nothing half-done, the host stays up. @module */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { residentMb } from "../bench/host.ts";
import {
  base64,
  CONTROL,
  event,
  everything,
  type Host,
  open,
  project,
  SHIPYARD,
  STACK,
} from "./bad_host.ts";

const RESOURCE = "/resource-service/v1/project/p/resource";
const files = (resourceURI: string): object => ({
  resources: [{ resourceURI, resourceContent: base64("x") }],
});
const made = (shipyard: string): object => ({ name: "q", shipyard: base64(shipyard) });

describe("a running host", { timeout: 60_000 }, () => {
  let host: Host;
  beforeAll(async () => {
    host = await open();
    await project(host);
  }, 60_000);
  afterAll(() => host?.end());

  test.each<[string, string, string, unknown, number, RegExp]>([
    ["malformed JSON", "POST", "/v1/event", '{"a": ', 400, /JSON/],
    [
      "malformed JSON",
      "POST",
      `${CONTROL}/project`,
      "{nope",
      400,
      /Invalid request format: .*JSON/,
    ],
    ["an unknown project", "GET", `${CONTROL}/project/none`, undefined, 404, /none/],
    [
      "a shipyard that is no YAML",
      "POST",
      `${CONTROL}/project`,
      made("a: [b"),
      400,
      /could not unmarshal provided shipyard.*:\d+/s,
    ],
    [
      "a shipyard of an unknown version",
      "POST",
      `${CONTROL}/project`,
      made(SHIPYARD.replace("0.2.3", "0.1.0")),
      400,
      /0\.1\.0|0\.2/,
    ],
    [
      "a shipyard without stages",
      "POST",
      `${CONTROL}/project`,
      made("apiVersion: spec.keptn.sh/0.2.3\nkind: Shipyard\nspec: {}\n"),
      400,
      /stage/,
    ],
    ["no event but a list", "POST", "/v1/event", "[1]", 400, /object/],
    [
      "a number for a text",
      "POST",
      "/v1/event",
      { ...event(), source: 1 },
      400,
      /source must be a string/,
    ],
    ["an escape", "POST", RESOURCE, files("../../x"), 400, /invalid resource uri/],
    [
      "an encoded escape",
      "GET",
      `${RESOURCE}/..%252F..%252Fx`,
      undefined,
      400,
      /invalid resource uri/,
    ],
    [".git", "POST", RESOURCE, files(".git/config"), 400, /invalid resource uri/],
    [".git below", "POST", RESOURCE, files("a/.GIT/hooks/x"), 400, /invalid resource uri/],
  ])("%s: %s %s", async (_name, method, path, body, status, said) => {
    const answer = await host.call(method, path, body);
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(said)]);
    expect(JSON.parse(answer.text)).toMatchObject({ message: expect.any(String) });
    expect((await host.call("GET", `${CONTROL}/project/q`)).status).toBe(404);
  });

  test("wrong types in event data are told in the answer", async () => {
    const { status, text } = await host.call("POST", "/v1/event", event({ labels: { build: 1 } }));
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      refused: { rule: "cannot decode", message: expect.stringContaining("data.labels") },
    });
  });

  test("an SLO that cannot be read fails its evaluation and says where", async () => {
    const slo = { resourceURI: "slo.yaml", resourceContent: base64("objectives: [") };
    const path = "/resource-service/v1/project/p/stage/dev/service/carts/resource";
    expect((await host.call("POST", path, { resources: [slo] })).status).toBe(201);
    const judged = event({ evaluation: { timeframe: "5m" } }, "dev.judged.triggered");
    const { keptnContext } = JSON.parse((await host.call("POST", "/v1/event", judged)).text) as {
      keptnContext: string;
    };
    const query = `/mongodb-datastore/event?keptnContext=${keptnContext}&type=sh.keptn.event.evaluation.finished`;
    await vi.waitFor(
      async () => {
        const { text } = await host.call("GET", query);
        expect(JSON.parse(text)).toMatchObject({
          events: [{ data: { result: "fail", message: expect.stringMatching(/slo|SLO/) } }],
        });
      },
      { timeout: 10_000, interval: 50 },
    );
  });

  test("a body without end is refused", async () => {
    const { status, text } = await host.call("POST", "/v1/event", event({ x: "x".repeat(12e6) }));
    expect([status, text]).toEqual([413, expect.stringMatching(/\d+.*(MB|MiB|bytes)/)]);
  });

  test("a wrong token is refused, then limited; the right one never", async () => {
    const statuses: number[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const wrong = await host.call("GET", `${CONTROL}/project`, undefined, { "x-token": "wrong" });
      statuses.push(wrong.status);
      expect(JSON.parse(wrong.text)).toMatchObject({ message: expect.any(String) });
    }
    expect(statuses[0]).toBe(401);
    expect(statuses).toContain(429);
    expect((await host.call("GET", `${CONTROL}/project`)).status).toBe(200);
  });

  test("thousands of events at once are all answered, in bounded memory", async () => {
    const flood = Array.from({ length: 4_000 }, (_, number) => {
      const one = event({ service: `s${number % 50}`, padding: "x".repeat(1_000) });
      return host.call("POST", "/v1/event", one);
    });
    const statuses = new Map<number, number>();
    for (const { status } of await Promise.all(flood)) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses.keys()].filter((status) => ![200, 429, 503].includes(status))).toEqual([]);
    expect(residentMb(host.running.child.pid!)).toBeLessThan(700);
    expect((await host.call("GET", "/health")).status).toBe(200);
  });
});

test("no answer and no output holds a stack trace", () => {
  expect(everything.length).toBeGreaterThan(20);
  expect(everything.filter((text) => STACK.test(text))).toEqual([]);
});
