/** One host: controller, plugins and HTTP application over given ports. @module */
import { type GrantStore, PluginPlatform, type PluginView } from "../plugins/platform.ts";
import type { SandboxHost } from "../plugins/sandbox/types.ts";
import type { Json, JsonObject } from "../spec/json.ts";
import { createController } from "./engine/controller.ts";
import type { Controller } from "./engine/controller_types.ts";
import { createApp, type HttpApp } from "./http/app.ts";
import type { HttpDeps, HttpSettings, PluginsApi } from "./http/deps.ts";
import { pluginPorts } from "./plugin_ports.ts";
import type { Clock, Ids } from "./ports/clock.ts";
import type { Egress } from "./ports/egress.ts";
import type { Log } from "./ports/log.ts";
import type { Resources } from "./ports/resources.ts";
import type { Secrets } from "./ports/secrets.ts";
import type { Store } from "./ports/store.ts";
import { createProjects } from "./projects/projects.ts";
import { startRetention } from "./retention.ts";
import type { Settings } from "./settings.ts";

/** What a runtime gives to a host. */
export interface HostPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly resources: Resources;
  readonly secrets: Secrets;
  readonly egress: Egress;
  readonly sandbox: SandboxHost;
  readonly grants: GrantStore;
  /** Calls back when the I/O that is ready now has been taken; see the controller. */
  readonly soon?: (callback: () => void) => void;
}

export interface HostOptions extends Pick<HttpDeps, "page" | "backup"> {
  readonly settings: Settings;
  readonly secretToken: string;
  readonly version: string;
  /** Address at which this host is reached, without a trailing slash; asked when it listens. */
  readonly publicUrl: () => string;
  /** Loads the plugins; no event is taken before, so that each finds who answers it. */
  readonly loadPlugins: (plugins: PluginPlatform) => Promise<void>;
}

export interface Host {
  readonly controller: Controller;
  readonly plugins: PluginPlatform;
  readonly fetch: HttpApp["fetch"];
  /** Path with a fresh one-time code that opens the page. */
  loginPath(): string;
  /** Answers long polls and streams at once; the host is no longer ready. */
  drain(): void;
  /** Ends plugins and controller; what is under way is durable, the store stays open. */
  stop(): Promise<void>;
}

/** Request bodies above this are refused. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Builds a host; resolves when plugins are loaded and what earlier runs left open goes on. */
export async function createHost(ports: HostPorts, options: HostOptions): Promise<Host> {
  const { store, clock, ids, log, resources, secrets, egress } = ports;
  const { settings, page, backup } = options;
  const stopping = new AbortController();
  let controller: Controller | undefined;

  const plugins = await PluginPlatform.open({
    ports: pluginPorts({
      store,
      controller: () => controller!,
      resources,
      secrets,
      egress,
      clock,
      ids,
      log,
      publicUrl: options.publicUrl,
    }),
    sandbox: ports.sandbox,
    grants: ports.grants,
    off: settings.pluginsOff,
    dev: settings.dev,
    exclusive: settings.dbUrl === undefined,
  });
  await options.loadPlugins(plugins);
  const running = await createController({
    store,
    clock,
    ids,
    log,
    rules: { taskStartedWait: settings.taskStartedWait, specVersion: settings.keptnSpecVersion },
    rowsFor: plugins.rowsFor,
    ...(ports.soon === undefined ? {} : { soon: ports.soon }),
  });
  controller = running;
  running.subscribe(plugins.committed);

  const projects = createProjects({
    store,
    resources,
    controller: running,
    clock,
    ids,
    secrets,
    limits: {
      projectName: settings.projectNameMaxSize,
      serviceName: settings.serviceNameMaxSize,
    },
    forget: (project) => plugins.forgetProject(project),
  });
  const app = createApp({
    store,
    clock,
    ids,
    log,
    controller: running,
    resources,
    projects,
    secrets,
    plugins: pluginsApi(plugins),
    page,
    ...(backup === undefined ? {} : { backup }),
    settings: httpSettings(options),
    ready: () => null,
    stopping: stopping.signal,
  });
  await projects.resume();
  await plugins.start();
  const endRetention = startRetention({
    store,
    clock,
    log,
    controller: running,
    retention: settings.retention,
    logTtl: settings.logTtl,
    integrationTtl: settings.integrationTtl,
    purgeTasks: (before) => plugins.purge(before),
  });
  return {
    controller: running,
    plugins,
    fetch: app.fetch,
    loginPath: app.loginPath,
    drain: () => stopping.abort(),
    async stop() {
      endRetention();
      await plugins.stop();
      await running.stop();
      await ports.sandbox.close();
    },
  };
}

/** The platform as the API shows it: views are JSON, absent fields are left out. */
function pluginsApi(platform: PluginPlatform): PluginsApi {
  const shown = (view: PluginView): JsonObject => {
    const fields = Object.entries(view).filter(([, value]) => value !== undefined);
    return Object.fromEntries(fields as [string, Json][]);
  };
  return {
    list: async () => (await platform.list()).map(shown),
    read: async (name) => shown(await platform.read(name)),
    allow: async (name, grant, principal) => shown(await platform.allow(name, grant, principal)),
    revoke: (name, principal, project) => platform.revoke(name, principal, project),
    tasks: (filter) => platform.tasks(filter),
    callback: (name, body) => platform.callback(name, body),
    answerers: platform.answerers,
  };
}

function httpSettings({ settings, secretToken, version }: HostOptions): HttpSettings {
  return {
    version,
    namespace: settings.namespace,
    prefixPath: settings.prefixPath,
    secretToken,
    eventValidation: settings.eventValidation,
    maxEventSizeKb: settings.maxEventSizeKb,
    maxBodyBytes: MAX_BODY_BYTES,
    integrationTtlMs: settings.integrationTtl,
    logTtlMs: settings.logTtl,
    badTokens: settings.limitBadTokens
      ? { perSecond: settings.badTokensPerSecond, burst: settings.badTokensBurst }
      : null,
  };
}
