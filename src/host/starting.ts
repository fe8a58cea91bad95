/** What a host answers before it is there: probes at once, all else when it can. @module */
import type { Host } from "./host.ts";
import { problemBody } from "./http/problem.ts";

export interface Gate {
  readonly fetch: Host["fetch"];
  /** From now on the host answers, also those who wait. */
  open(host: Pick<Host, "fetch">): void;
}

const PROBES = new Set(["/health", "/readyz"]);
const AWAITED = "not ready: plugins are being loaded and the log is caught up";

/**
 * Stands in for a host that is being opened.
 *
 * A client that comes a moment too early gets its answer, not a refusal that it would have to repeat.
 */
export function createGate(): Gate {
  let host: Pick<Host, "fetch"> | undefined;
  let open!: (host: Pick<Host, "fetch">) => void;
  const opened = new Promise<Pick<Host, "fetch">>((resolve) => (open = resolve));
  return {
    fetch(request, bindings) {
      if (host) return host.fetch(request, bindings);
      const { pathname } = new URL(request.url);
      if (pathname === "/livez") return new Response("ok\n");
      if (!PROBES.has(pathname)) return opened.then((one) => one.fetch(request, bindings));
      return new Response(problemBody(503, AWAITED), {
        status: 503,
        headers: { "content-type": "application/json", "retry-after": "1" },
      });
    },
    open(one) {
      host = one;
      open(one);
    },
  };
}
