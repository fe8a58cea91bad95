/** Serves the HTTP application on a port of this machine. @module */
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { KeptnError } from "../../../spec/errors.ts";

export interface Listening {
  /** The port in use; another than asked only when 0 was asked. */
  readonly port: number;
  /** Takes no more connections and resolves when those open have ended, at the latest after `grace` ms. */
  close(grace: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly fetch: (
    request: Request,
    bindings: { incoming?: { socket?: { remoteAddress?: string } } },
  ) => Response | Promise<Response>;
}

/** Longer than the keep-alive of common clients and proxies, so that they close first. */
const KEEP_ALIVE_MS = 75_000;

/** Connections that may wait to be taken: a flood of clients is answered late, not reset. */
const BACKLOG = 4_096;

/** @throws {KeptnError} ERR_IN_USE when the port is taken, ERR_CONFIG_INVALID when it cannot be had */
export async function listen({ host, port, fetch }: ListenOptions): Promise<Listening> {
  const server = createAdaptorServer({
    fetch: (request, bindings) => fetch(request, bindings as Parameters<typeof fetch>[1]),
    overrideGlobalObjects: false,
  }) as Server;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, host, port)));
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    close: (grace) => close(server, grace),
  };
}

function close(server: Server, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), grace);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function listenError(error: Error & { code?: string }, host: string, port: number): unknown {
  switch (error.code) {
    case "EADDRINUSE":
      return new KeptnError(
        "ERR_IN_USE",
        `port ${port} on ${host} is taken: end what uses it, or choose another with PORT=`,
        { host, port },
        error,
      );
    case "EACCES":
      return new KeptnError(
        "ERR_CONFIG_INVALID",
        `port ${port} needs more rights than this user has: choose one above 1023 with PORT=`,
        { host, port },
        error,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new KeptnError(
        "ERR_CONFIG_INVALID",
        `${host} is no address of this machine: choose another with PERIPLUS_HOST=`,
        { host, port },
        error,
      );
    default:
      return error;
  }
}
