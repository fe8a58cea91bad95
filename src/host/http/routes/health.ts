/** Health paths of the host and of the services that it replaces. @module */
import type { Api, Handler } from "../api.ts";
import { problemBody } from "../problem.ts";
import { empty } from "../reply.ts";

const SERVICES = ["controlPlane", "resource-service", "secrets"];

export function healthRoutes(api: Api): void {
  const ready: Handler = () => {
    const awaited = api.deps.stopping.aborted ? "the host stops" : api.deps.ready();
    if (awaited === null) return text("ready\n");
    return new Response(problemBody(503, `not ready: ${awaited}`), {
      status: 503,
      headers: { "content-type": "application/json", "retry-after": "1" },
    });
  };
  const whenReady = { summary: "Ready to work: plugins are loaded, the log is caught up" } as const;
  api.route("get", "/health", { ...whenReady, access: "open" }, ready);
  api.route("get", "/readyz", { ...whenReady, access: "open" }, ready);
  api.route("get", "/livez", { summary: "The process answers", access: "open" }, () =>
    text("ok\n"),
  );
  api.route("get", "/api/health", { summary: "The API answers", access: "open" }, () => empty(200));
  api.route("get", "/nginx-health", { summary: "Keptn's gateway probe", access: "open" }, () =>
    text("OK\n"),
  );
  for (const service of SERVICES) {
    const about = { summary: `Probe of Keptn's ${service}`, access: "any" } as const;
    api.route("get", `/api/${service}/health`, about, () => empty(200));
  }
  api.deny("/api/mongodb-datastore/health", "use /health");
}

function text(body: string): Response {
  return new Response(body, { headers: { "content-type": "text/plain; charset=utf-8" } });
}
