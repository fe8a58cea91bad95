/** The platform over a real store and a log of events in memory; restartable. @module */
import { basename } from "node:path";
import { randomIds } from "../../../src/host/adapters/ids/random.ts";
import { type LibsqlStore, openLibsqlStore } from "../../../src/host/adapters/store/libsql.ts";
import type { KeptnEvent } from "../../../src/spec/event.ts";
import { KeptnError } from "../../../src/spec/errors.ts";
import type { JsonObject } from "../../../src/spec/json.ts";
import { bundlePlugin } from "../../../src/plugins/adapters/bundler.ts";
import type { Grants } from "../../../src/plugins/grants.ts";
import { PluginPlatform } from "../../../src/plugins/platform.ts";
import type {
  EgressAnswer,
  EgressRequest,
  PlatformPorts,
  Statement,
} from "../../../src/plugins/ports.ts";
import type { Bundle, SandboxHost } from "../../../src/plugins/sandbox/types.ts";
import { PLUGIN_TABLES } from "../../../src/plugins/task_tables.ts";
import { settled, VirtualClock } from "./clock.ts";
import { type NativePlugin, nativeSandbox } from "./native.ts";

const GUARD = {
  name: "host",
  steps: [[`CREATE TABLE guard (n INTEGER CHECK (n = 0))`]],
} as const;

export interface RealPlugins {
  readonly sandbox: SandboxHost;
  readonly folders: readonly string[];
}

function openStore(): Promise<LibsqlStore> {
  return openLibsqlStore({ url: ":memory:", migrations: [GUARD, PLUGIN_TABLES] });
}

export interface Logged {
  readonly event: KeptnEvent;
  readonly origin: string;
  readonly principal: string;
}

export class Bench {
  readonly clock = new VirtualClock();
  readonly log: Logged[] = [];
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  readonly requests: EgressRequest[] = [];
  readonly files = new Map<string, string>();
  readonly secrets = new Map<string, { [key: string]: string }>();
  readonly plugins = new Map<string, NativePlugin>();
  readonly store: LibsqlStore;
  grants: Grants = {};
  /** Answers of foreign systems, by origin and path. */
  reply: (request: EgressRequest) => EgressAnswer | Promise<EgressAnswer> = () => text(200, "ok");
  /** Called before every write; throws to play a crash. */
  beforeWrite: () => void = () => undefined;
  platform!: PluginPlatform;
  /** Folders of real plugins, run in the real sandbox. */
  private readonly folders: readonly string[];
  private readonly sandbox: SandboxHost;
  private readonly shipped: boolean;
  private count = 0;

  private constructor(store: LibsqlStore, shipped: boolean, real?: RealPlugins) {
    this.store = store;
    this.shipped = shipped;
    this.sandbox = real?.sandbox ?? nativeSandbox(this.plugins);
    this.folders = real?.folders ?? [];
  }

  /** Opens the platform with plugin folders in a real sandbox. */
  static async folders(real: RealPlugins, options: { shipped?: boolean; grants?: Grants } = {}) {
    const bench = new Bench(await openStore(), options.shipped ?? true, real);
    bench.grants = options.grants ?? {};
    await bench.start();
    return bench;
  }

  /** Opens the platform with one bundle in a real sandbox. */
  static async bundle({ sandbox, bundle }: { sandbox: SandboxHost; bundle: Bundle }) {
    const bench = await Bench.folders({ sandbox, folders: [] });
    const { name } = bundle;
    const found = { name, path: name, shipped: true, stamp: name };
    await bench.platform.update([{ ...found, bundle: () => Promise.resolve(bundle) }]);
    return bench;
  }

  /** Opens the platform with plugins of test code; their key is their hash. */
  static async open(
    plugins: { readonly [hash: string]: NativePlugin },
    options: { shipped?: boolean; grants?: Grants } = {},
  ): Promise<Bench> {
    const bench = new Bench(await openStore(), options.shipped ?? true);
    bench.grants = options.grants ?? {};
    for (const [hash, plugin] of Object.entries(plugins)) bench.plugins.set(hash, plugin);
    await bench.start();
    return bench;
  }

  /** Starts a platform over what the store holds; the one before is simply forgotten, as after a crash. */
  async start(): Promise<void> {
    void this.platform?.stop();
    this.platform = await PluginPlatform.open({
      ports: this.ports(),
      sandbox: this.sandbox,
      grants: {
        read: () => Promise.resolve(this.grants),
        write: (grants) => {
          this.grants = grants;
          return Promise.resolve();
        },
      },
    });
    await this.install();
    await this.platform.start();
  }

  async install(): Promise<void> {
    const newest = new Map([...this.plugins].map(([hash, one]) => [one.manifest.name, hash]));
    const real = this.folders.map((path) => ({
      name: basename(path),
      path,
      shipped: this.shipped,
      stamp: path,
      bundle: () => bundlePlugin(path),
    }));
    await this.platform.update([
      ...real,
      ...[...newest].map(([name, hash]) => ({
        name,
        path: `plugins/${name}`,
        shipped: this.shipped,
        stamp: hash,
        bundle: () => Promise.resolve({ name, code: hash, map: "" }),
      })),
    ]);
  }

  /** One event from outside or from the controller. */
  async trigger(type: string, data: JsonObject = {}, origin = "emitted"): Promise<KeptnEvent> {
    this.count += 1;
    const event: KeptnEvent = {
      id: `e${this.count}`,
      source: "shipyard-controller",
      specversion: "1.0",
      type: `sh.keptn.event.${type}`,
      shkeptncontext: "c1",
      gitcommitid: "abc",
      data: { project: "p", stage: "dev", service: "svc", ...data },
    };
    await this.append(event, origin, "admin", []);
    return event;
  }

  /** Short types of all events that plugins sent, with result or message. */
  sent(): string[] {
    return this.log
      .filter(({ principal }) => principal.startsWith("plugin:"))
      .map(({ event }) => {
        const { result, status } = event.data as JsonObject;
        const word = status === "errored" ? "errored" : (result ?? "");
        return `${event.type.replace("sh.keptn.event.", "")} ${String(word)}`.trim();
      });
  }

  /** Resolves when nothing runs any more. */
  async quiet(): Promise<void> {
    do await settled();
    while (this.platform.supervisor.busy);
  }

  /** Resolves when so many tasks have finished. */
  async finished(count: number): Promise<void> {
    const done = (): number =>
      this.log.filter(({ event }) => event.type.endsWith(".finished")).length;
    while (done() < count) await settled();
  }

  last(type: string): KeptnEvent {
    return this.log.findLast(({ event }) => event.type.endsWith(type))!.event;
  }

  async append(
    event: KeptnEvent,
    origin: string,
    principal: string,
    along: readonly Statement[],
  ): Promise<void> {
    const entry = { event, origin, principal, at: this.clock.now() };
    const rows = this.platform.rowsFor([entry]);
    this.beforeWrite();
    await this.store.write([...along, ...rows]);
    this.log.push(entry);
    this.platform.committed([entry]);
  }

  private ports(): PlatformPorts {
    const writes = (statements: readonly Statement[]): Promise<readonly unknown[]> => {
      this.beforeWrite();
      return this.store.write(statements);
    };
    return {
      store: { read: (statements) => this.store.read(statements), write: writes },
      clock: this.clock,
      ids: randomIds(),
      log: (level, message) => void this.lines.push(`${level} ${message}`),
      events: this.events(),
      resources: this.resources(),
      secrets: { read: (name) => Promise.resolve(this.secrets.get(name) ?? null) },
      egress: {
        send: async (request) => {
          this.requests.push(request);
          return this.reply(request);
        },
      },
      errorLog: (entry) => {
        this.errors.push(entry.message);
        return [];
      },
      publicUrl: () => "http://periplus",
    };
  }

  private events(): PlatformPorts["events"] {
    const all = (): KeptnEvent[] => this.log.map(({ event }) => event);
    return {
      send: (event, { principal, along = [] }) => this.append(event, "emitted", principal, along),
      byId: (id) => Promise.resolve(all().find((event) => event.id === id) ?? null),
      answers: (id) => Promise.resolve(all().filter((event) => event.triggeredid === id)),
      query: ({ type }) => Promise.resolve(all().filter((event) => event.type === type)),
      ofContext: (context) =>
        Promise.resolve(all().filter((event) => event.shkeptncontext === context)),
    };
  }

  private resources(): PlatformPorts["resources"] {
    const path = (place: { project: string; stage?: string; service?: string }, uri: string) =>
      [place.project, place.stage, place.service, uri].filter(Boolean).join("/");
    return {
      read: (place, uri) => {
        const content = this.files.get(path(place, uri));
        if (content === undefined) {
          return Promise.reject(new KeptnError("ERR_RESOURCE_UNKNOWN", `no ${uri}`));
        }
        return Promise.resolve({ content: new TextEncoder().encode(content), commit: "abc" });
      },
      list: () => Promise.resolve({ paths: [...this.files.keys()] }),
      write: async (place, changes, _message, along = []) => {
        this.beforeWrite();
        await this.store.write(along);
        for (const change of changes) {
          const name = path(place, change.path);
          if (change.content === null) this.files.delete(name);
          else this.files.set(name, new TextDecoder().decode(change.content));
        }
        return { commit: `commit${this.files.size}` };
      },
    };
  }
}

export function text(status: number, body: string): EgressAnswer {
  return { status, headers: {}, body: new TextEncoder().encode(body) };
}
