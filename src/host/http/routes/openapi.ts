/** The description of the API and a page that shows it. @module */
import { z } from "zod";
import type { Api } from "../api.ts";
import { openApi } from "../openapi.ts";
import { SWAGGER_PAGE } from "../swagger_page.ts";
import { serveFile } from "./page.ts";

export function openapiRoutes(api: Api, prefix: string): void {
  const { version } = api.deps.settings;
  let text: string | undefined;
  const about = { summary: "This description", access: "open", answer: z.looseObject({}) } as const;
  api.route("get", "/api/openapi.json", about, () => {
    // Made when first asked for: most hosts are never asked.
    text ??= JSON.stringify(openApi(api.routes, version, prefix));
    return new Response(text, { headers: { "content-type": "application/json" } });
  });
  const root = "/api/swagger-ui";
  // JSON is YAML; Keptn's clients look for the file under this name.
  api.app.get(`${root}/swagger.yaml`, (context) => context.redirect(`${prefix}/api/openapi.json`));
  api.app.get(root, () => serveFile(SWAGGER_PAGE, "index.html", `${prefix}${root}/`));
  api.app.get(`${root}/:file`, (context) =>
    serveFile(SWAGGER_PAGE, context.req.param("file"), `${prefix}${root}/`),
  );
}
