/** A plugin's own key-value data. @module */
import { z } from "zod";
import type { Json } from "../../spec/json.ts";
import { type Capability, GuestError } from "../call.ts";
import type { Row, Statement } from "../ports.ts";

const KEY = z.string().min(1).max(512);
const MAX_VALUE = 256 * 1024;

export const kvArgs = {
  "kv.get": z.object({ key: KEY }),
  "kv.set": z.object({
    key: KEY,
    value: z.json(),
    expires: z.number().positive().optional(),
  }),
  "kv.delete": z.object({ key: KEY }),
  "kv.list": z.object({ prefix: z.string().default("") }),
};

export const kvGet: Capability<z.infer<(typeof kvArgs)["kv.get"]>, { value: Json } | null> = {
  journaled: "read",
  async run({ key }, call) {
    const [rows] = await call.ports.store.read([select(call.manifest.name, key)]);
    const found = readValue(rows?.[0], call.ports.clock.now());
    return found === undefined ? null : { value: found };
  },
};

/** Value and answer are one write, so that a repeated call changes nothing. */
export const kvSet: Capability<z.infer<(typeof kvArgs)["kv.set"]>, null> = {
  journaled: "atomic",
  async run({ key, value, expires }, call) {
    const text = JSON.stringify({
      value,
      ...(expires === undefined ? {} : { until: call.ports.clock.now() + expires }),
    });
    if (text.length > MAX_VALUE) {
      throw new GuestError("RangeError", `kv value of ${key}: at most ${MAX_VALUE} characters`);
    }
    await call.ports.store.write([
      ...call.along(null),
      {
        sql: `INSERT OR REPLACE INTO kv (plugin,key,value) VALUES (?,?,?)`,
        args: [call.manifest.name, key, text],
      },
    ]);
    return null;
  },
};

export const kvDelete: Capability<z.infer<(typeof kvArgs)["kv.delete"]>, null> = {
  journaled: "atomic",
  async run({ key }, call) {
    await call.ports.store.write([
      ...call.along(null),
      { sql: `DELETE FROM kv WHERE plugin=? AND key=?`, args: [call.manifest.name, key] },
    ]);
    return null;
  },
};

export const kvList: Capability<z.infer<(typeof kvArgs)["kv.list"]>, string[]> = {
  journaled: "read",
  async run({ prefix }, call) {
    const [rows] = await call.ports.store.read([
      {
        sql: `SELECT key, value FROM kv WHERE plugin=? AND key>=? AND substr(key,1,?)=? ORDER BY key LIMIT 1000`,
        args: [call.manifest.name, prefix, prefix.length, prefix],
      },
    ]);
    const now = call.ports.clock.now();
    return (rows ?? [])
      .filter((row) => readValue(row, now) !== undefined)
      .map((row) => String(row.key));
  },
};

function select(plugin: string, key: string): Statement {
  return { sql: `SELECT value FROM kv WHERE plugin=? AND key=?`, args: [plugin, key] };
}

function readValue(row: Row | undefined, now: number): Json | undefined {
  if (!row) return undefined;
  const { value, until } = JSON.parse(String(row.value)) as { value: Json; until?: number };
  return until !== undefined && until <= now ? undefined : value;
}
