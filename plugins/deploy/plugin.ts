/** Deploys by git: the image goes into the service's values, and whoever follows git rolls it out. @module */
import { definePlugin, s } from "periplus/plugin";
import { action } from "./action.ts";
import { deployment, release, rollback } from "./deployment.ts";

export default definePlugin({
  name: "deploy",
  version: "1.0.0",
  api: 1,
  source: "deploy-service",
  allow: { resources: "write" },
  tasks: {
    deployment: {
      props: s.object({ deploymentstrategy: s.string({ default: "gitops" }) }),
      run: deployment,
    },
    release,
    rollback,
    action,
  },
});
