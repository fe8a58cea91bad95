/** Asks the host for open events of one type: held polls where it can, plain ones where not. @module */
import { z } from "zod";
import type { KeptnEvent } from "../spec/event.ts";
import { type HostClient, succeeded } from "./host_client.ts";
import type { Subscription } from "./registration.ts";

const PAGE = z.object({
  events: z.array(z.looseObject({ id: z.string(), type: z.string() })).nullish(),
  nextPageKey: z.union([z.string(), z.number()]).nullish(),
  /** Only a host that holds polls sends it. */
  cursor: z.string().optional(),
});

export interface PollerOptions {
  readonly host: HostClient;
  readonly subscription: Subscription;
  /** Milliseconds between plain polls. */
  readonly interval: number;
  readonly stopping: AbortSignal;
  readonly pause: (ms: number) => Promise<void>;
  readonly warn: (message: string) => void;
  /** Resolves when the events are durable here. */
  readonly deliver: (events: readonly KeptnEvent[]) => Promise<void>;
}

const HOLD_SECONDS = 30;
const SLACK = 15_000;
const AFTER_FAILURE = 1_000;
const LONGEST_PAUSE = 15_000;

/** Polls until it is stopped; failures are told once and waited out. */
export async function poll(options: PollerOptions): Promise<void> {
  const { stopping, pause, warn, interval, subscription } = options;
  let cursor: string | undefined;
  let failures = 0;
  while (!stopping.aborted) {
    try {
      const seen = await look(options, cursor);
      failures = 0;
      if (seen.cursor === undefined) await pause(interval);
      cursor = seen.cursor;
    } catch (error) {
      if (stopping.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      if (failures === 0) warn(`polling ${subscription.event}: ${message}; trying again`);
      // A cursor that the host no longer knows is given up: what is open comes again and is known here.
      cursor = undefined;
      await pause(Math.min(AFTER_FAILURE * 2 ** failures, LONGEST_PAUSE));
      failures += 1;
    }
  }
}

async function look(
  options: PollerOptions,
  cursor: string | undefined,
): Promise<{ cursor: string | undefined }> {
  const { host, subscription, deliver } = options;
  const path = `/controlPlane/v1/event/triggered/${encodeURIComponent(subscription.event)}`;
  const place = onlyNames(subscription);
  const held = await host.get(
    path,
    { ...place, wait: `${HOLD_SECONDS}s`, after: cursor },
    HOLD_SECONDS * 1_000 + SLACK,
  );
  let page = PAGE.parse(succeeded(held, "open events"));
  await deliver((page.events ?? []) as unknown as KeptnEvent[]);
  if (page.cursor !== undefined) return { cursor: page.cursor };
  while (page.nextPageKey && String(page.nextPageKey) !== "0") {
    const next = await host.get(path, { ...place, nextPageKey: String(page.nextPageKey) });
    page = PAGE.parse(succeeded(next, "open events"));
    await deliver((page.events ?? []) as unknown as KeptnEvent[]);
  }
  return { cursor: undefined };
}

/** The host filters where a filter names exactly one (Keptn: http-api.md 3.5); the rest is checked here. */
function onlyNames({ filter }: Subscription): { [name: string]: string | undefined } {
  const only = (names: readonly string[]): string | undefined =>
    names.length === 1 ? names[0] : undefined;
  return {
    project: only(filter.projects),
    stage: only(filter.stages),
    service: only(filter.services),
  };
}
