/** Follows one delivery until it is over. @module */
import { KeptnError } from "../../spec/errors.ts";
import type { Client } from "../client.ts";
import { openStream, type StreamMessage } from "../stream.ts";
import { readExplained } from "./explained.ts";
import { addEvent, withExplanation } from "./fold.ts";
import { emptyTimeline, type Timeline } from "./model.ts";
import type { Painter } from "./paint.ts";

export interface Follow {
  readonly client: Client;
  readonly project: string;
  readonly keptnContext: string;
  readonly painter: Painter;
  readonly interrupted: AbortSignal;
  /** Milliseconds; absent = as long as it takes. */
  readonly timeout?: number | undefined;
  /** Called after each change, such as an approval that waits; what it throws ends the following. */
  readonly onChange?: (timeline: Timeline) => void;
}
export interface Followed {
  readonly timeline: Timeline;
  readonly ended: "over" | "timedOut";
}

const FINAL = ["finished", "aborted", "timedOut"];
/** How often the durations on a terminal are brought up to date. */
const FRAME_MS = 250;

/** Resolves when nothing of the context is open any more, or at the time-out. */
export async function follow(options: Follow): Promise<Followed> {
  const { client, painter, keptnContext, interrupted, timeout } = options;
  let timeline = emptyTimeline(keptnContext);
  const ended = new AbortController();
  let timedOut = false;
  const timers = [setInterval(() => painter.draw(timeline, Date.now()), FRAME_MS)];
  if (timeout !== undefined) {
    timers.push(setTimeout(() => ((timedOut = true), ended.abort()), timeout));
  }
  const interrupt = (): void => ended.abort();
  interrupted.addEventListener("abort", interrupt);

  function show(next: Timeline): void {
    timeline = next;
    painter.draw(timeline, Date.now());
    options.onChange?.(timeline);
    if (FINAL.includes(timeline.state)) ended.abort();
  }
  const refresh = refresher(options, ended.signal, (explain) => show(explain(timeline)));

  try {
    const stream = await openStream(client, { context: keptnContext }, ended.signal);
    await refresh.now();
    for await (const message of stream) {
      show(heard(timeline, message));
      refresh.soon();
      refresh.check();
    }
  } finally {
    timers.forEach(clearInterval);
    refresh.stop();
    interrupted.removeEventListener("abort", interrupt);
    painter.end();
  }
  refresh.check();
  interrupted.throwIfAborted();
  return { timeline, ended: timedOut ? "timedOut" : "over" };
}

function heard(timeline: Timeline, message: StreamMessage): Timeline {
  return message.kind === "event" ? addEvent(timeline, message.event) : timeline;
}

interface Refresher {
  /** Reads the explanation now. */
  now(): Promise<void>;
  /** Reads it once more after the reading that is under way. */
  soon(): void;
  /** Throws what a reading in the background threw. */
  check(): void;
  stop(): void;
}

/** Keeps the host's explanation up to date: one reading at a time, and again when time alone changes it. */
function refresher(
  { client, project, keptnContext }: Follow,
  ended: AbortSignal,
  take: (explain: (timeline: Timeline) => Timeline) => void,
): Refresher {
  let reading = false;
  let again = false;
  let failed: unknown;
  let timer: NodeJS.Timeout | undefined;

  async function read(): Promise<void> {
    const explained = await orAbsent(readExplained(client, project, keptnContext));
    if (!explained || ended.aborted) return;
    take((timeline) => withExplanation(timeline, explained));
    clearTimeout(timer);
    if (explained.refreshAt === undefined) return;
    timer = setTimeout(soon, Math.max(50, Date.parse(explained.refreshAt) - Date.now() + 20));
  }
  function soon(): void {
    again = true;
    if (reading || ended.aborted) return;
    reading = true;
    void (async () => {
      try {
        while (again && !ended.aborted) {
          again = false;
          await read();
        }
      } catch (error) {
        failed = error;
      } finally {
        reading = false;
      }
    })();
  }
  return {
    now: read,
    soon,
    check() {
      if (failed !== undefined && !ended.aborted) throw failed;
    },
    stop: () => clearTimeout(timer),
  };
}

/** Undefined while the host does not know the context, or is away for a moment. */
async function orAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const absent = ["ERR_NOT_FOUND", "ERR_HOST_UNREACHABLE", "ERR_STORE_UNAVAILABLE"];
    if (KeptnError.is(error) && absent.includes(error.code)) return undefined;
    throw error;
  }
}
