/** Secrets in the store, each row sealed with AES-GCM under the master key (design D21). @module */
import { KeptnError } from "../../../spec/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Secrets } from "../../ports/secrets.ts";
import { GuardFailed, type Row, type Store } from "../../ports/store.ts";

type Values = { readonly [key: string]: string };

const IV_BYTES = 12;

/**
 * Secrets under a master key of 32 bytes.
 *
 * The name and scope of a row are bound into its seal: a row copied to another name does not open.
 */
export async function sealedSecrets(
  store: Store,
  clock: Clock,
  masterKey: Uint8Array,
): Promise<Secrets> {
  if (masterKey.length !== 32) {
    throw new KeptnError(
      "ERR_CONFIG_INVALID",
      `the secret key has ${masterKey.length} bytes: 32 are expected`,
    );
  }
  const key = await crypto.subtle.importKey("raw", copy(masterKey), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", copy(masterKey)));
  const keyId = hex(digest.subarray(0, 4));

  async function seal(name: string, scope: string, data: Values): Promise<Uint8Array> {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const text = new TextEncoder().encode(JSON.stringify(data));
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv, additionalData: bound(name, scope) },
      key,
      text,
    );
    const whole = new Uint8Array(IV_BYTES + sealed.byteLength);
    whole.set(iv);
    whole.set(new Uint8Array(sealed), IV_BYTES);
    return whole;
  }

  async function open(row: Row): Promise<Values> {
    const name = String(row.name);
    if (row.key_id !== keyId) {
      throw new KeptnError(
        "ERR_CONFIG_INVALID",
        `secret ${name} was sealed under key ${String(row.key_id)}, this host has ${keyId}: restore that key`,
      );
    }
    const sealed = copy(row.sealed as Uint8Array);
    const text = await crypto.subtle.decrypt(
      {
        name: "AES-GCM",
        iv: sealed.subarray(0, IV_BYTES),
        additionalData: bound(name, String(row.scope)),
      },
      key,
      sealed.subarray(IV_BYTES),
    );
    return JSON.parse(new TextDecoder().decode(text)) as Values;
  }

  return {
    async list() {
      const [rows] = await store.read([
        { sql: `SELECT name, scope, keys FROM secret ORDER BY name, scope`, args: [] },
      ]);
      return (rows ?? []).map((row) => ({
        name: String(row.name),
        scope: String(row.scope),
        keys: JSON.parse(String(row.keys)) as string[],
      }));
    },
    async create(name, scope, data) {
      try {
        await store.write([
          {
            sql: `INSERT INTO secret (name,scope,key_id,sealed,keys,changed) VALUES (?,?,?,?,?,?)`,
            args: [name, scope, keyId, await seal(name, scope, data), keysOf(data), clock.now()],
          },
        ]);
      } catch (error) {
        if (!(error instanceof GuardFailed)) throw error;
        throw new KeptnError("ERR_SECRET_EXISTS", "secret already exists");
      }
    },
    async update(name, scope, data) {
      const [written] = await store.write([
        {
          sql: `UPDATE secret SET key_id=?,sealed=?,keys=?,changed=? WHERE name=? AND scope=?`,
          args: [keyId, await seal(name, scope, data), keysOf(data), clock.now(), name, scope],
        },
      ]);
      if (written?.rowsAffected === 0) throw unknown();
    },
    async delete(name, scope) {
      const [written] = await store.write([
        { sql: `DELETE FROM secret WHERE name=? AND scope=?`, args: [name, scope] },
      ]);
      if (written?.rowsAffected === 0) throw unknown();
    },
    async read(name) {
      const [rows] = await store.read([
        { sql: `SELECT * FROM secret WHERE name=? ORDER BY scope LIMIT 1`, args: [name] },
      ]);
      return rows?.[0] ? open(rows[0]) : null;
    },
  };
}

function unknown(): KeptnError {
  return new KeptnError("ERR_SECRET_UNKNOWN", "secret not found");
}

function keysOf(data: Values): string {
  return JSON.stringify(Object.keys(data).sort());
}

function bound(name: string, scope: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([name, scope])) as Uint8Array<ArrayBuffer>;
}

function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
