/** The live stream: the log as server-sent events, resumable at any place that is still kept. @module */
import { selectPlace, selectSpan } from "../tables/event_query_table.ts";
import type { HttpDeps } from "./deps.ts";
import type { EntryFilter } from "./entry_filter.ts";
import type { Live } from "./live.ts";
import { LogFeed } from "./log_feed.ts";
import { resetMessage } from "./sse_message.ts";

const KEEP_ALIVE_MS = 25_000;

/**
 * A stream of events after a place in the log; without one it begins now.
 *
 * Each message carries one event, its id is the event's place in the log. `reason` messages tell
 * why, `state` messages that something changed without an event, `reset` that the place is not
 * known any more, so that everything has to be read again.
 */
export async function openStream(
  deps: HttpDeps,
  live: Live,
  filter: EntryFilter,
  lastId: number | undefined,
): Promise<ReadableStream<Uint8Array>> {
  const [span, own = []] = await deps.store.read([selectSpan(), selectPlace(lastId ?? 0)]);
  const newest = Number(span?.[0]?.newest ?? 0);
  const oldest = Number(span?.[0]?.oldest ?? 0);
  // An entry that is gone was purged, and with it perhaps others that came after it.
  const kept = own.length > 0 || lastId === oldest - 1 || lastId === newest;
  const lost = lastId !== undefined && (lastId > newest || !kept);
  const place = lastId === undefined || lost ? newest : lastId;
  const hello = lost ? resetMessage(oldest, newest) : `id: ${place}\n: connected\n\n`;
  return streamOf(deps, new LogFeed(deps, live, filter, place), `retry: 1000\n${hello}`);
}

function streamOf(deps: HttpDeps, feed: LogFeed, hello: string): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let cancelTimer: () => void = () => {};
  function keepAlive(): void {
    cancelTimer = deps.clock.at(deps.clock.now() + KEEP_ALIVE_MS, () => {
      feed.push(": alive\n\n");
      keepAlive();
    });
  }
  function end(): void {
    cancelTimer();
    feed.close();
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      keepAlive();
      controller.enqueue(encoder.encode(hello));
    },
    async pull(controller) {
      const text = await feed.next();
      if (text !== null) {
        controller.enqueue(encoder.encode(text));
        return;
      }
      end();
      controller.close();
    },
    cancel: end,
  });
}
