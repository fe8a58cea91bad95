/** What the clients ask before anything else: version and capabilities. @module */
import { z } from "zod";
import type { Api } from "../api.ts";
import { json } from "../reply.ts";

const Metadata = z.object({
  automaticprovisioning: z.boolean(),
  bridgeversion: z.string(),
  keptnlabel: z.literal("keptn"),
  keptnversion: z.string(),
  namespace: z.string(),
  shipyardversion: z.literal("0.2.0"),
});

export function metadataRoutes(api: Api): void {
  const { version, namespace } = api.deps.settings;
  // Git credentials may be absent here as with Keptn's automatic provisioning, so clients must not ask for them.
  const metadata: z.infer<typeof Metadata> = {
    automaticprovisioning: true,
    bridgeversion: version,
    keptnlabel: "keptn",
    keptnversion: version,
    namespace,
    shipyardversion: "0.2.0",
  };
  const about = { summary: "Version and capabilities", access: "any", answer: Metadata } as const;
  api.route("get", "/api/v1/metadata", about, (context) => json(context, metadata));
}
