/** Registers the plane as an integration and keeps its subscriptions up to date. @module */
import { z } from "zod";
import { taskType } from "../spec/event_type.ts";
import { KeptnError } from "../spec/errors.ts";
import { type HostClient, messageOf, succeeded } from "./host_client.ts";
import type { PlaneFilter } from "./options.ts";

const NAMES = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const SUBSCRIPTION = z.object({
  id: z.string(),
  event: z.string(),
  filter: z
    .object({ projects: NAMES, stages: NAMES, services: NAMES })
    .nullish()
    .transform((filter) => filter ?? { projects: [], stages: [], services: [] }),
});
const INTEGRATION = z.object({
  subscriptions: z
    .array(SUBSCRIPTION)
    .nullish()
    .transform((list) => list ?? []),
});
const REGISTERED = z.object({ id: z.string() });

export type Subscription = z.infer<typeof SUBSCRIPTION>;

export interface RegistrationOptions {
  readonly host: HostClient;
  readonly name: string;
  readonly namespace: string;
  readonly hostname: string;
  readonly version: string;
  readonly filter: PlaneFilter;
  /** Tasks that this plane has executors for. */
  readonly tasks: () => readonly string[];
  /** Types that it subscribed to before: what a user removed since stays removed. */
  readonly before: {
    read(): Promise<readonly string[]>;
    write(types: readonly string[]): Promise<void>;
  };
}

export interface Registration {
  readonly id: string;
  /** Says that the plane is alive; answers with its subscriptions as users have set them. */
  ping(): Promise<readonly Subscription[]>;
}

const BASE = "/controlPlane/v1/uniform/registration";
const NO_TIME = "0001-01-01T00:00:00Z";

/** Registers; what was registered under the same name keeps its subscriptions (Keptn: http-api.md 4.2). */
export async function register(options: RegistrationOptions): Promise<Registration> {
  const { host } = options;
  let id = await announce(options);
  await subscribeNew(options, id);
  return {
    get id() {
      return id;
    },
    async ping() {
      const answer = await host.send("PUT", `${BASE}/${id}/ping`);
      if (answer.status !== 404) {
        return INTEGRATION.parse(succeeded(answer, "ping")).subscriptions;
      }
      id = await announce(options);
      return [];
    },
  };
}

async function announce(options: RegistrationOptions): Promise<string> {
  const { host, name, namespace, hostname, version, filter } = options;
  const answer = await host.send("POST", BASE, {
    id: "",
    name,
    metadata: {
      hostname,
      integrationversion: version,
      distributorversion: "0.15.0",
      location: "remote-execution-plane",
      kubernetesmetadata: { namespace, podname: hostname, deploymentname: name },
      lastseen: NO_TIME,
    },
    subscriptions: options.tasks().map((task) => ({
      id: "",
      event: taskType(task, "triggered"),
      filter,
    })),
  });
  if (answer.status === 401) {
    throw new KeptnError("ERR_TOKEN_INVALID", `the host refuses the token: ${messageOf(answer)}`);
  }
  return REGISTERED.parse(succeeded(answer, "registration")).id;
}

/** An integration that was known already gets subscriptions for the tasks that are new. */
async function subscribeNew(options: RegistrationOptions, id: string): Promise<void> {
  const { host, before, filter } = options;
  const wanted = options.tasks().map((task) => taskType(task, "triggered"));
  const answer = await host.send("PUT", `${BASE}/${id}/ping`);
  const standing = INTEGRATION.parse(succeeded(answer, "ping")).subscriptions;
  const known = new Set([...standing.map(({ event }) => event), ...(await before.read())]);
  for (const event of wanted.filter((type) => !known.has(type))) {
    const made = await host.send("POST", `${BASE}/${id}/subscription`, { event, filter });
    succeeded(made, `subscription to ${event}`);
  }
  await before.write([...new Set([...known, ...wanted])]);
}
