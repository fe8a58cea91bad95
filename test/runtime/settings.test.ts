/** Settings: names, files, fall-backs and refusals. @module */
import { expect, test } from "vitest";
import { flagOf, listSettings, readSettings } from "../../src/host/settings.ts";

const FILES: Record<string, string> = { "/run/token": "from-a-file\n", "/run/port": "9001" };

function read(env: Record<string, string>, flags: Record<string, string | boolean> = {}) {
  return readSettings({
    env,
    flags,
    readFile: (path) => {
      const text = FILES[path];
      if (text === undefined) throw new Error("no such file");
      return text;
    },
  });
}

test("without any variable the defaults hold", () => {
  expect(read({}).settings).toMatchObject({
    port: 8090,
    host: "127.0.0.1",
    dataDir: ".periplus",
    pluginsDir: "plugins",
    taskStartedWait: 600_000,
    integrationTtl: 48 * 3_600_000,
    logTtl: 120 * 3_600_000,
    secretToken: undefined,
    eventValidation: false,
  });
});

// CFG-01: duration settings fall back to their default when empty, unparsable or zero.
test.for([
  ["10s", 10_000],
  ["2m", 120_000],
  ["1h30m", 5_400_000],
  ["", 432_000_000],
  ["invalid", 432_000_000],
  ["0s", 432_000_000],
] as const)("CFG-01: LOG_TTL=%s is %d ms", ([text, expected]) => {
  expect(read({ LOG_TTL: text }).settings.logTtl).toBe(expected);
});

test("an ignored value is told", () => {
  expect(read({ LOG_TTL: "soon" }).notes).toEqual([
    'LOG_TTL: "soon" is ignored: a duration such as 90s, 10m or 1h30m is expected; the default is in force',
  ]);
});

test("every setting can come from a file, and flags win over the environment", () => {
  const env = { SECRET_TOKEN_FILE: "/run/token", PORT_FILE: "/run/port", PERIPLUS_HOST: "::1" };
  expect(read(env, { host: "0.0.0.0" }).settings).toMatchObject({
    secretToken: "from-a-file",
    port: 9001,
    host: "0.0.0.0",
  });
});

test("an older name of a setting holds too", () => {
  const bus = read({ PUBSUB_URL: "nats://bus:4222" });
  expect(bus.settings.natsUrl).toBe("nats://bus:4222");
  expect(bus.notes).toEqual([expect.stringContaining("PUBSUB_URL has no effect")]);
});

test.for([
  [{ PORT: "abc" }, 'PORT: "abc" is wrong: a port number, 0 to 65535 is expected'],
  [{ PORT: "70000" }, 'PORT: "70000" is wrong: a port number, 0 to 65535 is expected'],
  [
    { SECRET_TOKEN: "short" },
    "SECRET_TOKEN: its value is wrong: at least 8 characters are expected",
  ],
  [
    { NATS_URL: "bus:4222" },
    'NATS_URL: "bus:4222" is wrong: an address that starts with nats: or tls: or ws: or wss: is expected',
  ],
  [
    { SECRET_TOKEN: "12345678", SECRET_TOKEN_FILE: "/run/token" },
    "SECRET_TOKEN and SECRET_TOKEN_FILE are both set: keep one of them",
  ],
  [{ PORT_FILE: "/run/none" }, "PORT_FILE: cannot read /run/none: no such file"],
  [{ PERIPLUS_DATADIR: "x" }, "PERIPLUS_DATADIR is no setting (did you mean PERIPLUS_DATA_DIR?)"],
] as const)("%j is refused", ([env, message]) => {
  expect(() => read({ ...env })).toThrow(message);
});

test("all faults are told at once", () => {
  expect(() => read({ PORT: "x", PERIPLUS_DEV: "perhaps" }, { prot: "1" })).toThrow(
    /--prot is no flag of serve \(did you mean port\?\)[^]*PORT: [^]*PERIPLUS_DEV: /,
  );
});

test("names that Kubernetes injects and names of others are ignored", () => {
  const injected = {
    PERIPLUS_SERVICE_HOST: "10.0.0.1",
    PERIPLUS_PORT: "tcp://10.0.0.1:8090",
    PERIPLUS_PORT_8090_TCP: "tcp://10.0.0.1:8090",
    PERIPLUS_PACKAGE: "periplus.tgz",
  };
  expect(read(injected).settings.port).toBe(8090);
});

test("each setting has a flag of its own", () => {
  const flags = listSettings().map(({ flag }) => flag);
  expect(new Set(flags).size).toBe(flags.length);
  expect(flagOf("PERIPLUS_DATA_DIR")).toBe("data-dir");
});
