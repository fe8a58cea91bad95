/** A lock file, so that starts at the same time do not set up over each other. @module */
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 50;
/** Longer than any set-up takes: an older lock belongs to a process id that was given out again. */
const STALE_MS = 15 * 60_000;

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Process id of the lock's living owner; undefined when it was released or its owner died. */
function owner(path) {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    const age = Date.now() - statSync(path).mtimeMs;
    // An empty file: its owner is between creating and writing it.
    if (pid === 0 && age < POLL_MS * 20) return pid;
    return pid !== 0 && alive(pid) && age < STALE_MS ? pid : undefined;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Waits for the lock.
 *
 * @param {string} path
 * @param {(owner: number) => void} waiting called once when another process has it
 * @returns {Promise<() => void>} what releases it
 */
export async function lock(path, waiting) {
  let told = false;
  while (!take(path)) {
    const pid = owner(path);
    if (pid === undefined) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told && pid !== 0) {
      waiting(pid);
      told = true;
    }
    await sleep(POLL_MS);
  }
  const release = () => rmSync(path, { force: true });
  process.once("exit", release);
  return () => {
    process.off("exit", release);
    release();
  };
}
