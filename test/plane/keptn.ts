/** The few routes of a Keptn control plane that a plane uses, in memory; can be switched off and on. @module */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "../../src/spec/json.ts";

export interface Taken {
  readonly type: string;
  readonly key: string;
  readonly event: JsonObject;
}

export class Keptn {
  readonly taken: Taken[] = [];
  readonly logs: JsonObject[] = [];
  readonly subscriptions: { id: string; event: string; filter: JsonObject }[] = [];
  /** Open triggered events, oldest first. */
  open: JsonObject[] = [];
  registrations = 0;
  url = "";
  /** Answers nothing but 503 while false. */
  up = true;
  private readonly holds: boolean;
  private readonly server: Server;
  private readonly keys = new Set<string>();
  private held: (() => void)[] = [];
  private waiting: { ready: () => boolean; resolve: () => void }[] = [];

  private constructor(holds: boolean) {
    this.holds = holds;
    this.server = createServer((request, response) => void this.handle(request, response));
  }

  /** `holds`: whether it knows long polls. */
  static async start(holds = true): Promise<Keptn> {
    const keptn = new Keptn(holds);
    await new Promise<void>((resolve) => keptn.server.listen(0, "127.0.0.1", resolve));
    keptn.url = `http://127.0.0.1:${(keptn.server.address() as AddressInfo).port}`;
    return keptn;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  trigger(task: string, id: string, data: JsonObject = {}): void {
    this.open.push({
      id,
      type: `sh.keptn.event.${task}.triggered`,
      source: "shipyard-controller",
      specversion: "1.0",
      shkeptncontext: `ctx-${id}`,
      data: { project: "p", stage: "dev", service: "svc", ...data },
    });
    for (const answer of this.held.splice(0)) answer();
  }

  /** Takes an event off the open list, as an abort does. */
  close(id: string): void {
    this.open = this.open.filter((event) => event.id !== id);
  }

  /** Short types of what came in, once per idempotency key. */
  get types(): string[] {
    return this.taken.map(({ type }) => type);
  }

  /** Resolves when the condition holds; it is looked at after each request. */
  until(ready: () => boolean): Promise<void> {
    if (ready()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ ready, resolve }));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const url = new URL(request.url!, this.url);
    const path = url.pathname.replace("/api", "");
    if (!this.up) return answer(response, 503, {});
    await this.route(request, path, url.searchParams, text, response);
    this.waiting = this.waiting.filter(({ ready, resolve }) => {
      if (!ready()) return true;
      resolve();
      return false;
    });
  }

  private async route(
    request: IncomingMessage,
    path: string,
    query: URLSearchParams,
    text: string,
    response: ServerResponse,
  ): Promise<void> {
    const base = "/controlPlane/v1/uniform/registration";
    if (path === base) return this.register(JSON.parse(text) as JsonObject, response);
    if (path.endsWith("/ping")) return answer(response, 200, { subscriptions: this.subscriptions });
    if (path.startsWith("/controlPlane/v1/event/triggered/")) {
      return this.triggered(path.split("/").at(-1)!, query, response);
    }
    if (path === "/v1/event") {
      this.take(JSON.parse(text) as JsonObject, String(request.headers["idempotency-key"]));
      return answer(response, 200, { keptnContext: "c" });
    }
    if (path === "/controlPlane/v1/log") {
      this.logs.push(...(JSON.parse(text) as { logs: JsonObject[] }).logs);
      return answer(response, 200, {});
    }
    if (path === "/mongodb-datastore/event") return answer(response, 200, { events: [] });
    return answer(response, 404, { code: 404, message: "not found" });
  }

  private register(body: JsonObject, response: ServerResponse): void {
    this.registrations += 1;
    if (this.subscriptions.length === 0) {
      const wanted = body.subscriptions as unknown as Omit<(typeof this.subscriptions)[0], "id">[];
      this.subscriptions.push(...wanted.map((one, index) => ({ ...one, id: `s${index}` })));
    }
    answer(response, 201, { id: "integration" });
  }

  private async triggered(
    type: string,
    query: URLSearchParams,
    response: ServerResponse,
  ): Promise<void> {
    const id = query.get("eventID");
    const list = (): JsonObject[] =>
      this.open.filter((event) => event.type === type && (id === null || event.id === id));
    if (id !== null || !this.holds || !query.has("wait")) {
      return answer(response, 200, { events: list(), nextPageKey: "0" });
    }
    const after = Number(query.get("after") ?? 0);
    if (this.open.length <= after) {
      const gone = new Promise<void>((resolve) => response.once("close", resolve));
      await Promise.race([new Promise<void>((resolve) => this.held.push(resolve)), gone]);
    }
    const fresh = this.open.slice(after).filter((event) => event.type === type);
    answer(response, 200, { events: fresh, nextPageKey: "0", cursor: String(this.open.length) });
  }

  private take(event: JsonObject, key: string): void {
    if (this.keys.has(key)) return;
    this.keys.add(key);
    const type = String(event.type).replace("sh.keptn.event.", "");
    this.taken.push({ type, key, event });
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
