/** One host: controller, HTTP application and plugins over given ports. @module */
import { createApp, type HttpApp } from "./http/app.ts";
import type { HttpDeps, HttpSettings } from "./http/deps.ts";
import type { Settings } from "./settings.ts";

/** What a runtime gives to a host. */
export type HostPorts = Pick<HttpDeps, "store" | "clock" | "ids" | "log" | "page">;

export interface HostOptions {
  readonly settings: Settings;
  readonly secretToken: string;
  readonly version: string;
}

export interface Host {
  readonly version: string;
  readonly fetch: HttpApp["fetch"];
  /** Path with a fresh one-time code that opens the page. */
  loginPath(): string;
  /** Loads what is not needed to answer: plugins; resolves when the host is ready. */
  load(): Promise<void>;
  /** Names and versions of the plugins in force. */
  plugins(): readonly string[];
  /** Answers long polls and streams at once; the host is no longer ready. */
  drain(): void;
  /** Writes what is under way; the store stays open. */
  stop(): Promise<void>;
}

/** Request bodies above this are refused. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export async function createHost(
  ports: HostPorts,
  { settings, secretToken, version }: HostOptions,
): Promise<Host> {
  const stopping = new AbortController();
  let awaited: string | null = "plugins are being loaded";
  const deps = {
    ...ports,
    settings: httpSettings(settings, secretToken, version),
    ready: () => awaited,
    stopping: stopping.signal,
  } as unknown as HttpDeps;
  const app = createApp(deps);
  return {
    version,
    fetch: app.fetch,
    loginPath: app.loginPath,
    async load() {
      awaited = null;
    },
    plugins: () => [],
    drain: () => stopping.abort(),
    async stop() {},
  };
}

function httpSettings(settings: Settings, secretToken: string, version: string): HttpSettings {
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
