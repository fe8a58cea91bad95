/** The live stream: new events of the log as they are committed. @module */
import type { KeptnEvent } from "./models.ts";
import { apiUrl } from "./route.ts";

export interface LiveFilter {
  readonly project?: string;
  readonly context?: string;
}
export interface LiveListener {
  /** One committed event, in the order of the log. */
  event(event: KeptnEvent): void;
  /** What was missed cannot be told any more: read everything again. */
  reset(): void;
  connected(yes: boolean): void;
}

/**
 * Listens to `/api/v1/events/stream` until the returned function is called.
 *
 * The browser reconnects by itself and names the last event it saw.
 */
export function listen(filter: LiveFilter, listener: LiveListener): () => void {
  const query = new URLSearchParams();
  if (filter.project) query.set("project", filter.project);
  if (filter.context) query.set("context", filter.context);
  const source = new EventSource(apiUrl(`/api/v1/events/stream?${query}`));
  source.onopen = () => listener.connected(true);
  source.onerror = () => listener.connected(false);
  source.onmessage = ({ data }: MessageEvent<string>) =>
    listener.event(JSON.parse(data) as KeptnEvent);
  source.addEventListener("reset", () => listener.reset());
  // Something changed without an event, such as a pause.
  source.addEventListener("state", () => listener.reset());
  return () => source.close();
}
