/** Answers on their way to the host: durable here first, sent in the order of their task, then forgotten. @module */
import { dataOf, type KeptnEvent } from "../spec/event.ts";
import { textAt } from "../spec/json.ts";
import { GroupWriter } from "../plugins/group_writer.ts";
import type { PluginStore, Statement } from "../plugins/ports.ts";
import { type HostClient, messageOf } from "./host_client.ts";

/** Migration step of the outbox. */
export const OUTBOX_TABLE = `CREATE TABLE outbox (
  key TEXT PRIMARY KEY, body TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID`;

export interface OutboxOptions {
  readonly host: HostClient;
  readonly store: PluginStore;
  readonly now: () => number;
  /** Id of this plane's integration. */
  readonly integration: () => string;
  readonly warn: (message: string) => void;
}

/**
 * An answer and the end of its task become durable in one local write, so that a plane which was
 * killed neither executes again nor loses the answer: it sends it again, under the same key.
 */
export class Outbox {
  private readonly options: OutboxOptions;
  private readonly writer: GroupWriter;
  /** The last send of each task: what follows waits for it. */
  private readonly tails = new Map<string, Promise<void>>();

  constructor(options: OutboxOptions) {
    this.options = options;
    this.writer = new GroupWriter(options.store);
  }

  /** Sends again what an earlier run of the plane could not. */
  async resume(): Promise<void> {
    const [rows] = await this.options.store.read([
      { sql: `SELECT key, body FROM outbox ORDER BY at, key DESC`, args: [] },
    ]);
    for (const row of rows ?? []) {
      this.push(String(row.key), String(row.body));
    }
  }

  /** Resolves when the event is durable here; the host gets it as soon as it can be reached. */
  async send(event: KeptnEvent, key: string, along: readonly Statement[]): Promise<void> {
    const body = JSON.stringify(event);
    const { now } = this.options;
    await this.writer.write([
      ...along,
      {
        sql: `INSERT OR REPLACE INTO outbox (key,body,at) VALUES (?,?,?)`,
        args: [key, body, now()],
      },
    ]);
    this.push(key, body);
  }

  /** Resolves when everything has been sent. */
  async drained(): Promise<void> {
    while (this.tails.size > 0) await Promise.all(this.tails.values());
  }

  private push(key: string, body: string): void {
    const event = JSON.parse(body) as KeptnEvent;
    const lane = event.triggeredid ?? event.id;
    const before = this.tails.get(lane) ?? Promise.resolve();
    const sent = before
      .then(() => this.deliver(event, key))
      // The plane stops: the row stays and is sent by the next run.
      .catch(() => undefined)
      .then(() => {
        if (this.tails.get(lane) === sent) this.tails.delete(lane);
      });
    this.tails.set(lane, sent);
  }

  private async deliver(event: KeptnEvent, key: string): Promise<void> {
    const { host, warn } = this.options;
    await this.forwardError(event);
    const answer = await host.send("POST", "/v1/event", event, key);
    // A token can be put right: the row stays and is sent by the next run.
    if (answer.status === 401 || answer.status === 403) {
      return warn(`the host does not know this plane's token: ${messageOf(answer)}`);
    }
    // A final refusal will not become an acceptance.
    if (answer.status >= 300) warn(`the host refuses ${event.type}: ${messageOf(answer)}`);
    await this.writer.write([{ sql: `DELETE FROM outbox WHERE key=?`, args: [key] }]);
  }

  /** An errored answer also goes to the log API (Keptn: http-api.md 3.5). */
  private async forwardError(event: KeptnEvent): Promise<void> {
    const data = dataOf(event);
    if (!event.type.endsWith(".finished") || data.status !== "errored") return;
    const { host, integration, warn } = this.options;
    const entry = {
      integrationid: integration(),
      message: textAt(data, "message") ?? "",
      shkeptncontext: event.shkeptncontext,
      task: event.type.split(".").at(-2) ?? "",
      triggeredid: event.triggeredid ?? "",
    };
    const answer = await host.send("POST", "/controlPlane/v1/log", { logs: [entry] });
    if (answer.status >= 300) warn(`the host refuses a log entry: ${messageOf(answer)}`);
  }
}
