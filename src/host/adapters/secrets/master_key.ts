/** The master key of the secrets: a setting, or a file that only its owner can read. @module */
import { randomBytes } from "node:crypto";
import { chmod, open, readFile } from "node:fs/promises";
import { KeptnError } from "../../../spec/errors.ts";

/**
 * 32 bytes: `setting` as 64 hex digits or base64, else the content of the file, which is made when it
 * is not there.
 *
 * @throws {KeptnError} ERR_CONFIG_INVALID when the key has another length
 */
export async function masterKey(setting: string | undefined, file: string): Promise<Uint8Array> {
  if (setting !== undefined) return parseKey(setting, "PERIPLUS_SECRET_KEY");
  try {
    return parseKey(await readFile(file, "utf8"), file);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
  const key = randomBytes(32);
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(`${key.toString("hex")}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(file, 0o600);
  return new Uint8Array(key);
}

function parseKey(text: string, where: string): Uint8Array {
  const trimmed = text.trim();
  const hex = /^[0-9a-f]{64}$/i.test(trimmed);
  const key = Buffer.from(trimmed, hex ? "hex" : "base64");
  if (key.length === 32) return new Uint8Array(key);
  throw new KeptnError(
    "ERR_CONFIG_INVALID",
    `${where}: expected 32 bytes as 64 hex digits or base64, found ${key.length} bytes`,
  );
}
