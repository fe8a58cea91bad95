/** What every runtime that serves the HTTP application has to do, asked over real requests. @module */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

export interface ServedHost {
  /** Such as `http://127.0.0.1:1234`, without a trailing slash. */
  readonly url: string;
  readonly token: string;
  /** Answers long polls and streams at once. */
  drain(): void;
  close(): Promise<void>;
}

const BASE = "/api/controlPlane/v1";
const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.2
kind: Shipyard
metadata: { name: s }
spec:
  stages:
    - name: dev
      sequences: [{ name: delivery, tasks: [{ name: deployment }] }]
`;
const TRIGGER = {
  type: "sh.keptn.event.dev.delivery.triggered",
  source: "test",
  data: { project: "served", stage: "dev", service: "carts" },
};

/** `open` starts a host with empty data; the cases run in order on that one host. */
export function httpSuite(name: string, open: () => Promise<ServedHost>): void {
  describe(name, () => {
    let host: ServedHost;
    beforeAll(async () => (host = await open()));
    afterAll(() => host.close());

    const call = (method: string, path: string, body?: unknown, headers: object = {}) =>
      fetch(host.url + path, {
        method,
        headers: { "x-token": host.token, "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });

    test("is ready, and says who may come in", async () => {
      expect((await fetch(`${host.url}/readyz`)).status).toBe(200);
      expect((await fetch(`${host.url}/api/v1/metadata`)).status).toBe(401);
      expect((await call("POST", "/api/v1/auth")).status).toBe(200);
    });

    test("creates a project and a service", async () => {
      const body = { name: "served", shipyard: btoa(SHIPYARD) };
      const created = await call("POST", `${BASE}/project`, body);
      expect([created.status, await created.text()]).toEqual([201, ""]);
      const service = await call("POST", `${BASE}/project/served/service`, {
        serviceName: "carts",
      });
      expect(await service.json()).toEqual({ message: "" });
    });

    test("paths reach the application as they were sent", async () => {
      const files = { resources: [{ resourceURI: "job/config.yaml", resourceContent: btoa("x") }] };
      const resources = "/api/resource-service/v1/project/served/resource";
      expect((await call("POST", resources, files)).status).toBe(201);
      for (const path of ["job%2Fconfig.yaml", "job%252Fconfig.yaml", "job/config.yaml"]) {
        expect((await call("GET", `${resources}/${path}`)).status).toBe(200);
      }
      expect((await call("GET", `/api/resource-service/v1/project/served//resource`)).status).toBe(
        200,
      );
      expect((await call("GET", `//api//controlPlane/v1/project/`)).status).toBe(200);
    });

    test("an escape out of the path reaches no file", async () => {
      const path = "/api/resource-service/v1/project/served/resource/../../../../x";
      const answer = await sendRaw(host.url, `GET ${path} HTTP/1.1`, host.token);
      expect(answer).toMatch(/^HTTP\/1\.1 40[0-9]/);
    });

    test("a long poll is answered by the event that comes", async () => {
      const path = `${BASE}/event/triggered/sh.keptn.event.deployment.triggered?wait=20s`;
      const waiting = call("GET", path);
      await call("POST", "/api/v1/event", TRIGGER);
      const { events } = (await (await waiting).json()) as { events: object[] };
      expect(events).toMatchObject([{ data: TRIGGER.data }]);
    });

    test("a stream brings what happens, and what had happened", async () => {
      const headers = { "x-token": host.token, "last-event-id": "0" };
      const stream = await fetch(`${host.url}/api/v1/events/stream?project=served`, { headers });
      const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      const until = async (part: string): Promise<void> => {
        while (!text.includes(part)) text += (await reader.read()).value ?? "";
      };
      await until("dev.delivery.triggered");
      text = "";
      await call("POST", "/api/v1/event", { ...TRIGGER, shkeptncontext: "a" });
      await until("61202020-2020-4020-a020-202020202020");
      await reader.cancel();
    });

    test("a body above the limit is refused", async () => {
      const big = "x".repeat(20 * 1024 * 1024);
      const answer = await call("POST", "/api/v1/event", big).catch(() => undefined);
      // A server may hang up on a body that it will not read.
      if (answer) expect(answer.status).toBe(413);
      expect((await call("GET", `${BASE}/project`)).status).toBe(200);
    });

    test("a host that drains answers what waits", async () => {
      const path = `${BASE}/event/triggered/sh.keptn.event.none.triggered?wait=60s`;
      const waiting = call("GET", path);
      const stream = await fetch(`${host.url}/api/v1/events/stream`, {
        headers: { "x-token": host.token },
      });
      host.drain();
      expect(((await (await waiting).json()) as { events: object[] }).events).toEqual([]);
      await stream.text();
    });
  });
}

/** Sends a request line that no client would send; resolves with the head of the answer. */
function sendRaw(url: string, line: string, token: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `${line}\r\nhost: ${hostname}\r\nx-token: ${token}\r\nconnection: close\r\n\r\n`,
      );
    });
    let text = "";
    socket.on("data", (part) => (text += String(part)));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
}
