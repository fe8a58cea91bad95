/** Hosts in bad places: settings, ports, data directories and disks that cannot be used. @module */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  type Answer,
  CONTROL,
  event,
  everything,
  open,
  project,
  refusedStart,
  STACK,
} from "./bad_host.ts";

describe(
  "a host that cannot start says why, and leaves no other trace",
  { timeout: 60_000 },
  () => {
    let folder: string;
    beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "periplus-start-"))));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const env = (more: Record<string, string> = {}): Record<string, string> => ({
      PORT: "0",
      PERIPLUS_DATA_DIR: join(folder, "data"),
      ...more,
    });

    test("an unknown setting lists near names", async () => {
      const { code, stderr } = await refusedStart(env({ PERIPLUS_DATADIR: "x" }));
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/PERIPLUS_DATADIR.*PERIPLUS_DATA_DIR/s),
      ]);
    });

    test.each([
      ["PORT", "ninety", /PORT.*a port number, 0 to 65535/],
      ["NATS_URL", "nowhere", /NATS_URL.*nats:/],
      ["SECRET_TOKEN", "x", /SECRET_TOKEN.*at least 8 characters/],
    ])("%s=%s says what would be right", async (name, value, said) => {
      const { code, stderr } = await refusedStart(env({ [name]: value }));
      expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
    });

    test("a taken port is named with the way out", async () => {
      const taken = createServer().listen(0, "127.0.0.1");
      await once(taken, "listening");
      const { port } = taken.address() as { port: number };
      const { code, stderr } = await refusedStart(env({ PORT: String(port) }));
      taken.close();
      expect([code, stderr]).toEqual([1, expect.stringMatching(new RegExp(`${port}.*PORT=`, "s"))]);
    });

    test("a data directory in use names its host", async () => {
      const host = await open();
      const { code, stderr } = await refusedStart(env({ PERIPLUS_DATA_DIR: host.data }));
      const { pid } = host.running.child;
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(new RegExp(`${host.data} is in use by host ${pid} at http`)),
      ]);
      expect((await host.call("GET", `${CONTROL}/project`)).status).toBe(200);
      await host.end();
    });

    test("a data directory that is a file", async () => {
      const file = join(folder, "file");
      writeFileSync(file, "");
      const { code, stderr } = await refusedStart(env({ PERIPLUS_DATA_DIR: file }));
      expect([code, stderr]).toEqual([1, expect.stringContaining(file)]);
    });
  },
);

/** A small file system of its own, where the machine allows it. */
function mount(options: string): string | undefined {
  const place = mkdtempSync(join(tmpdir(), "periplus-disk-"));
  chmodSync(place, 0o777);
  const ran = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", place]);
  if (ran.status === 0) return place;
  rmSync(place, { recursive: true });
  return undefined;
}
function unmount(place: string): void {
  spawnSync("umount", ["-l", place]);
  rmSync(place, { recursive: true, force: true });
}
const probe = mount("size=64k");
if (probe) unmount(probe);
const without = probe ? "" : " (skipped: needs root and mount, to make a small disk)";

describe.skipIf(!probe)(`disks${without}`, { timeout: 60_000 }, () => {
  test("a read-only one is refused by name", async () => {
    const disk = mount("size=1m")!;
    mkdirSync(join(disk, "data"));
    spawnSync("mount", ["-o", "remount,ro", disk]);
    const env = { PORT: "0", PERIPLUS_DATA_DIR: join(disk, "data") };
    const { code, stderr } = await refusedStart(env).finally(() => unmount(disk));
    expect([code, stderr]).toEqual([1, expect.stringMatching(/read-only|cannot be written/)]);
    expect(stderr).toContain("PERIPLUS_DATA_DIR=");
  });

  test("a full one: events are refused until there is room, and none is half-taken", async () => {
    const disk = mount("size=6m")!;
    onTestFinished(() => unmount(disk));
    const host = await open(join(disk, "data"));
    onTestFinished(() => void host.running.child.kill("SIGKILL"));
    await project(host);
    let accepted = 0;
    let refused: Answer | undefined;
    for (let number = 0; number < 400 && !refused; number++) {
      const answer = await host.call("POST", "/v1/event", event({ padding: "x".repeat(50_000) }));
      if (answer.status === 200) accepted++;
      else refused = answer;
    }
    expect([refused?.status, refused?.text]).toEqual([
      507,
      expect.stringMatching(/the disk is full: free some space/),
    ]);
    expect((await host.call("GET", `${CONTROL}/project/p`)).status).toBe(200);
    spawnSync("mount", ["-o", "remount,size=64m", disk]);
    expect((await host.call("POST", "/v1/event", event())).status).toBe(200);
    const path = `/mongodb-datastore/event?project=p&type=sh.keptn.event.dev.delivery.triggered&pageSize=1`;
    const { totalCount } = JSON.parse((await host.call("GET", path)).text) as {
      totalCount: number;
    };
    await host.end();
    expect(totalCount).toBe(accepted + 1);
  });
});

test("no answer and no output holds a stack trace", () => {
  expect(everything.length).toBeGreaterThan(5);
  expect(everything.filter((text) => STACK.test(text))).toEqual([]);
});
