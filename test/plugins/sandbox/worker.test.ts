import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workerSandbox } from "../../../src/plugins/adapters/worker.ts";
import { testSandbox } from "../../contract/sandbox.ts";

testSandbox("a sandbox in a thread of its own", async () =>
  workerSandbox({ folder: await mkdtemp(join(tmpdir(), "sandbox-")) }),
);
