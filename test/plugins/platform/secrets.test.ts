/** Secrets at rest. @module */
import { mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { masterKey } from "../../../src/host/adapters/secrets/master_key.ts";
import { sealedSecrets } from "../../../src/host/adapters/secrets/sealed.ts";
import { openLibsqlStore } from "../../../src/host/adapters/store/libsql.ts";
import { HOST_TABLES } from "../../../src/host/tables/migrations.ts";
import { VirtualClock } from "./clock.ts";

const open = () => openLibsqlStore({ url: ":memory:", migrations: [HOST_TABLES] });
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

test("values are sealed, listed without values, and read back", async () => {
  const store = await open();
  const secrets = await sealedSecrets(store, new VirtualClock(), key(1));
  await secrets.create("argo", "keptn-default", { token: "s3cret", user: "me" });
  expect(await secrets.list()).toEqual([
    { name: "argo", scope: "keptn-default", keys: ["token", "user"] },
  ]);
  expect(await secrets.read("argo")).toEqual({ token: "s3cret", user: "me" });
  const [rows] = await store.read([{ sql: "SELECT * FROM secret", args: [] }]);
  expect(Buffer.from(rows![0]!.sealed as Uint8Array).toString("latin1")).not.toContain("s3cret");
  await secrets.update("argo", "keptn-default", { token: "new" });
  expect(await secrets.read("argo")).toEqual({ token: "new" });
  await secrets.delete("argo", "keptn-default");
  expect(await secrets.read("argo")).toBeNull();
});

test("clashes and unknown names are told by code", async () => {
  const secrets = await sealedSecrets(await open(), new VirtualClock(), key(1));
  await secrets.create("a", "s", { k: "v" });
  await expect(secrets.create("a", "s", { k: "v" })).rejects.toMatchObject({
    code: "ERR_SECRET_EXISTS",
  });
  await expect(secrets.update("b", "s", {})).rejects.toMatchObject({ code: "ERR_SECRET_UNKNOWN" });
  await expect(secrets.delete("b", "s")).rejects.toMatchObject({ code: "ERR_SECRET_UNKNOWN" });
});

test("another key, or a row under another name, does not open", async () => {
  const store = await open();
  await (await sealedSecrets(store, new VirtualClock(), key(1))).create("a", "s", { k: "v" });
  const other = await sealedSecrets(store, new VirtualClock(), key(2));
  await expect(other.read("a")).rejects.toThrow(/was sealed under key/);
  await store.write([{ sql: "UPDATE secret SET name='b'", args: [] }]);
  const same = await sealedSecrets(store, new VirtualClock(), key(1));
  await expect(same.read("b")).rejects.toThrow();
});

test("the key file is made once, for its owner only", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "key-")), "secret.key");
  const made = await masterKey(undefined, file);
  expect(await masterKey(undefined, file)).toEqual(made);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await readFile(file, "utf8")).trim()).toBe(Buffer.from(made).toString("hex"));
  await writeFile(file, "short");
  await expect(masterKey(undefined, file)).rejects.toThrow(/expected 32 bytes/);
  expect(await masterKey("ab".repeat(32), file)).toEqual(new Uint8Array(32).fill(0xab));
});
