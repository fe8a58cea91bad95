/** `auth`, `logout`, `status`. @module */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { Client } from "../client.ts";
import { command, hostCommand } from "../command.ts";
import { KeptnError } from "../../spec/errors.ts";
import { apiRoot, type Connection, localHost, storedPath } from "../connect.ts";
import { text, toggle, usage } from "../flags.ts";

const anything = z.unknown();

export const auth = command({
  summary: "remember a host and its token",
  flags: {
    endpoint: text("address of the API", { short: "e", value: "URL" }),
    "api-token": text("token of the API", { short: "a", value: "TOKEN" }),
    secure: toggle("Keptn's", { short: "s", hidden: true }),
    export: toggle("Keptn's", { short: "c", hidden: true }),
    "skip-namespace-listing": toggle("Keptn's", { short: "i", hidden: true }),
    namespace: text("Keptn's", { short: "n", hidden: true }),
    quiet: toggle("say nothing", { short: "q" }),
  },
  examples: [
    "periplus auth --endpoint=http://127.0.0.1:8090/api --api-token=$KEPTN_API_TOKEN",
    "periplus auth",
  ],
  async run({ flags, io }) {
    const local = localHost(io);
    const endpoint = flags.endpoint ?? io.env.KEPTN_ENDPOINT ?? local?.endpoint;
    if (!endpoint) {
      throw usage("auth needs --endpoint URL and --api-token TOKEN: no host runs in this folder");
    }
    const root = apiRoot(endpoint);
    const known = local?.endpoint === root ? local.token : undefined;
    const token = flags["api-token"] ?? io.env.KEPTN_API_TOKEN ?? known;
    if (!token) throw usage("auth needs --api-token TOKEN: the host prints where its token stands");
    await new Client({ endpoint: root, token }, io.interrupted).post(
      "/v1/auth",
      undefined,
      anything,
    );
    const path = storedPath(io);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rm(path, { force: true });
    await writeFile(path, JSON.stringify({ endpoint: root, token }), { mode: 0o600 });
    if (!flags.quiet) {
      io.err.write(`Successfully authenticated against ${root}\n`);
      io.err.write(`Bridge: ${root.replace(/\/api$/, "/bridge")}\n`);
    }
    return 0;
  },
});

export const logout = command({
  summary: "forget the host that auth remembered",
  flags: {},
  examples: ["periplus logout"],
  async run({ io }) {
    await rm(storedPath(io), { force: true });
    return 0;
  },
});

export const status = hostCommand({
  summary:
    "which host is meant, where that was found, and whether it answers. Looked at in this order: " +
    "--endpoint, KEPTN_ENDPOINT, KEPTN_API_ENDPOINT, KEPTNCONFIG, the host of PERIPLUS_DATA_DIR, " +
    "of the nearest .periplus upwards, what auth stored",
  flags: {},
  examples: ["periplus status"],
  async run({ host, io }) {
    io.out.write(`${host.endpoint} (found in ${host.source})\n`);
    await host.client.post("/v1/auth", undefined, anything);
    io.err.write("Successfully authenticated\n");
    const link = await pageLink(host);
    if (link !== undefined) io.out.write(`page ${link}\n`);
    return 0;
  },
});

const loginLink = z.object({ path: z.string() });

/** A fresh one-time link that opens the page; undefined for a Keptn, and for tokens without the right. */
export async function pageLink(host: Connection): Promise<string | undefined> {
  try {
    const { path } = await host.client.post("/periplus/v1/login", undefined, loginLink);
    return new URL(path, host.endpoint).href;
  } catch (error) {
    if (KeptnError.is(error, "ERR_FORBIDDEN") || KeptnError.is(error, "ERR_NOT_FOUND")) {
      return undefined;
    }
    throw error;
  }
}
