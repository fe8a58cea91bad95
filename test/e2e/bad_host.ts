/** Hosts that get bad input; all that they answer and print is kept, to be looked through. @module */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type Running, serve, started } from "../runtime/serve.ts";

export const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.3
kind: Shipyard
metadata: { name: p }
spec:
  stages:
    - name: dev
      sequences: [{ name: delivery, tasks: [{ name: work }] }, { name: judged, tasks: [{ name: evaluation }] }]
`;
export const STACK = /^\s+at .*[:(]\d+|node:internal|\/src\/host\//m;
export const CONTROL = "/controlPlane/v1";
export const base64 = (text: string): string => Buffer.from(text).toString("base64");

export interface Answer {
  readonly status: number;
  readonly text: string;
}
export interface Host {
  readonly running: Running;
  readonly folder: string;
  readonly data: string;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  end(): Promise<string>;
}

export const everything: string[] = [];

export async function open(data?: string, env: Record<string, string> = {}): Promise<Host> {
  const folder = mkdtempSync(join(tmpdir(), "periplus-bad-"));
  const place = data ?? join(folder, "data");
  const running = serve({
    PORT: "0",
    PERIPLUS_DATA_DIR: place,
    PERIPLUS_PLUGINS_DIR: join(folder, "plugins"),
    ...env,
  });
  const api = await started(running);
  const token = readFileSync(join(place, "token"), "utf8").trim();
  return {
    running,
    folder,
    data: place,
    async call(method, path, body, headers = {}) {
      const answer = await fetch(`${api}${path}`, {
        method,
        headers: { "x-token": token, "content-type": "application/json", ...headers },
        ...(body === undefined
          ? {}
          : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      everything.push(text);
      return { status: answer.status, text };
    },
    async end() {
      running.child.kill("SIGTERM");
      const { stdout, stderr } = await running.ended;
      rmSync(folder, { recursive: true, force: true });
      everything.push(stdout, stderr);
      return stdout + stderr;
    },
  };
}

export async function project({ call }: Host): Promise<void> {
  const made = await call("POST", `${CONTROL}/project`, { name: "p", shipyard: base64(SHIPYARD) });
  expect(made.status, made.text).toBe(201);
  await call("POST", `${CONTROL}/project/p/service`, { serviceName: "carts" });
}

export const event = (data: object = {}, type = "dev.delivery.triggered"): object => ({
  ...{ type: `sh.keptn.event.${type}`, source: "test", specversion: "1.0" },
  data: { project: "p", stage: "dev", service: "carts", ...data },
});
/** Starts a host that shall refuse to start. */
export async function refusedStart(env: Record<string, string>, ...flags: string[]) {
  const { code, stdout, stderr } = await serve(env, ...flags).ended;
  everything.push(stdout, stderr);
  return { code, stderr };
}
