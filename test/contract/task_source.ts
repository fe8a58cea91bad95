/** What every source of tasks promises to the plugin platform: the host's log, and a host far away. @module */
import { afterEach, describe, expect, test } from "vitest";
import { type GuestHandler, manifest, type NativePlugin } from "../plugins/platform/native.ts";

/** One platform with its source, and the other side of that source. */
export interface TaskSourceBench {
  /** Opens the platform, or opens it again over the same data after a crash. */
  start(plugins: { readonly [hash: string]: NativePlugin }): Promise<void>;
  /** An event of task `deployment` becomes visible to the source. */
  trigger(id: string): Promise<void>;
  /** Shows an event that was visible before once more. */
  repeat(id: string): Promise<void>;
  /** The sequence of an event is aborted. */
  abort(id: string): Promise<void>;
  /** `<kind> <triggeredid>` of everything that was answered, in order. */
  answers(): readonly string[];
  /** Resolves when the condition holds. */
  until(ready: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

const TASK = { deployment: { cancels: true, onUncertain: "resend" } } as const;

function plugin(run: GuestHandler, cancel?: GuestHandler): { [hash: string]: NativePlugin } {
  return {
    v1: {
      manifest: manifest("demo", { tasks: TASK }),
      handlers: {
        "task deployment": run,
        "cancel deployment": cancel ?? (() => ({ kind: "returned", result: "pass" })),
      },
    },
  };
}

export function testTaskSource(name: string, open: () => Promise<TaskSourceBench>): void {
  describe(`task source: ${name}`, () => {
    let bench: TaskSourceBench;
    afterEach(() => bench.stop());

    test("an event becomes one task, answered by started and finished", async () => {
      bench = await open();
      await bench.start(plugin(() => ({ kind: "returned", result: "pass" })));
      await bench.trigger("e1");
      await bench.until(() => bench.answers().length >= 2);
      expect(bench.answers()).toEqual(["started e1", "finished e1"]);
    });

    test("an event that comes again is not executed again, not even after a restart", async () => {
      bench = await open();
      const runs: string[] = [];
      const plugins = plugin(({ event }) => {
        runs.push(String(event.id));
        return { kind: "returned", result: "pass" };
      });
      await bench.start(plugins);
      await bench.trigger("e1");
      await bench.until(() => bench.answers().length === 2);
      await bench.repeat("e1");
      await bench.start(plugins);
      await bench.repeat("e1");
      await bench.trigger("e2");
      await bench.until(() => bench.answers().length >= 4);
      expect(runs).toEqual(["e1", "e2"]);
      expect(bench.answers()).toEqual(["started e1", "finished e1", "started e2", "finished e2"]);
    });

    test("a task that was under way at a crash is answered once", async () => {
      bench = await open();
      let runs = 0;
      await bench.start(
        plugin(() => {
          runs += 1;
          return new Promise(() => undefined);
        }),
      );
      await bench.trigger("e1");
      await bench.until(() => runs === 1);
      await bench.start(plugin(() => ({ kind: "returned", result: "pass" })));
      await bench.until(() => bench.answers().length >= 2);
      expect(bench.answers()).toEqual(["started e1", "finished e1"]);
    });

    test("an aborted task ends, its cancel handler runs, and nothing is answered", async () => {
      bench = await open();
      let cancelled = false;
      await bench.start(
        plugin(
          async ({ call }) => {
            await call("sleep", { duration: 86_400_000 });
            return { kind: "returned", result: "pass" };
          },
          () => {
            cancelled = true;
            return { kind: "returned", result: "pass" };
          },
        ),
      );
      await bench.trigger("e1");
      await bench.until(() => bench.answers().length === 1);
      await bench.abort("e1");
      await bench.until(() => cancelled);
      expect(bench.answers()).toEqual(["started e1"]);
    });
  });
}
