/** The uniform: integrations register, stay alive and subscribe (Keptn: http-api.md 4). @module */
import { KeptnError } from "../../spec/errors.ts";
import type { Clock, Ids } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import {
  deleteIntegration,
  deleteSilent,
  insertIntegration,
  type Integration,
  type IntegrationRow,
  readIntegration,
  selectIntegration,
  selectIntegrations,
  selectNamesakes,
  type Subscription,
  touchIntegration,
  updateIntegration,
} from "../tables/integration_table.ts";

/** What a service tells when it registers. */
export type Registration = Omit<Integration, "id" | "lastseen">;
export type NewSubscription = Omit<Subscription, "id">;

export interface Uniform {
  /** Registers, or finds what has the same name and namespace; its subscriptions then stay. */
  register(wanted: Registration): Promise<{ readonly id: string; readonly created: boolean }>;
  /** Marks an integration as alive. @throws {KeptnError} ERR_INTEGRATION_UNKNOWN */
  ping(id: string): Promise<Integration>;
  list(): Promise<readonly Integration[]>;
  /** @throws {KeptnError} ERR_INTEGRATION_UNKNOWN */
  read(id: string): Promise<Integration>;
  /** @throws {KeptnError} ERR_INTEGRATION_UNKNOWN */
  remove(id: string): Promise<void>;
  /** Adds a subscription, or puts it in place of the one with that id; returns its id. */
  subscribe(id: string, subscription: NewSubscription, subscriptionId?: string): Promise<string>;
  unsubscribe(id: string, subscriptionId: string): Promise<void>;
}

export interface UniformDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Milliseconds after which a silent integration is forgotten. */
  readonly ttl: number;
  /** Lower-case hex SHA-1 of a text. */
  readonly sha1: (text: string) => Promise<string>;
}

const ATTEMPTS = 10;

export function createUniform({ store, clock, ids, ttl, sha1 }: UniformDeps): Uniform {
  const since = (): number => clock.now() - ttl;

  async function find(id: string): Promise<IntegrationRow> {
    const [rows] = await store.read([selectIntegration(id, since())]);
    const row = rows?.[0];
    if (row) return readIntegration(row);
    throw new KeptnError("ERR_INTEGRATION_UNKNOWN", "uniform integration not found", {
      hint: "it never registered or was silent for too long: register again",
    });
  }

  /** Applies a change to what is stored, again when somebody else was faster. */
  async function change(id: string, to: (now: Integration) => Integration): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { integration, body } = await find(id);
      const [written] = await store.write([updateIntegration(to(integration), body)]);
      if (written && written.rowsAffected > 0) return;
    }
    throw new KeptnError("ERR_CONFLICT", `integration ${id} changes all the time: try again`);
  }

  async function create(wanted: Registration): Promise<{ id: string; created: boolean }> {
    const id = await sha1(`${wanted.name}-${wanted.namespace}-${wanted.hostname}`);
    const subscriptions = wanted.subscriptions.map((one) => ({ ...one, id: ids.uuid() }));
    await store.write([
      deleteSilent(since()),
      insertIntegration({ ...wanted, subscriptions, id, lastseen: clock.now() }),
    ]);
    return { id, created: true };
  }

  return {
    async register(wanted) {
      if (!wanted.name || !wanted.namespace || !wanted.hostname) {
        throw new KeptnError(
          "ERR_BODY_INVALID",
          "incomplete integration ID. At least 'name','namespace' and 'nodename' must be set",
          { hint: "set name, metadata.hostname and metadata.kubernetesmetadata.namespace" },
        );
      }
      const [rows = []] = await store.read([
        selectNamesakes(wanted.name, wanted.namespace, since()),
      ]);
      const [newest, ...others] = rows.map((row) => readIntegration(row).integration);
      if (!newest) return create(wanted);
      await change(newest.id, (now) => renewed(now, others, wanted, clock.now(), ids));
      if (others.length > 0) await store.write(others.map(({ id }) => deleteIntegration(id)));
      return { id: newest.id, created: false };
    },
    async ping(id) {
      const { integration } = await find(id);
      const lastseen = clock.now();
      await store.write([touchIntegration(id, lastseen)]);
      return { ...integration, lastseen };
    },
    async list() {
      const [rows = []] = await store.read([selectIntegrations(since())]);
      return rows.map((row) => readIntegration(row).integration);
    },
    read: async (id) => (await find(id)).integration,
    async remove(id) {
      await find(id);
      await store.write([deleteIntegration(id)]);
    },
    async subscribe(id, subscription, subscriptionId = ids.uuid()) {
      const one = { ...subscription, id: subscriptionId };
      await change(id, (now) => {
        const known = now.subscriptions.some((other) => other.id === one.id);
        const subscriptions = known
          ? now.subscriptions.map((other) => (other.id === one.id ? one : other))
          : [...now.subscriptions, one];
        return { ...now, subscriptions };
      });
      return subscriptionId;
    },
    unsubscribe: (id, subscriptionId) =>
      change(id, (now) => ({
        ...now,
        subscriptions: now.subscriptions.filter((one) => one.id !== subscriptionId),
      })),
  };
}

/**
 * What registering again changes: versions and last sight, never subscriptions that stand
 * (Keptn: http-api.md 4.2). Those of other instances are taken over; adopted ones get ids.
 */
function renewed(
  now: Integration,
  others: readonly Integration[],
  wanted: Registration,
  lastseen: number,
  ids: Ids,
): Integration {
  const known = new Set(now.subscriptions.map((one) => one.id));
  const merged = [...now.subscriptions];
  for (const one of others.flatMap((other) => other.subscriptions)) {
    if (known.has(one.id)) continue;
    known.add(one.id);
    merged.push(one);
  }
  const adopted = wanted.subscriptions.map((one) => ({ ...one, id: ids.uuid() }));
  return {
    ...now,
    integrationversion: wanted.integrationversion,
    distributorversion: wanted.distributorversion,
    subscriptions: merged.length > 0 ? merged : adopted,
    lastseen,
  };
}
