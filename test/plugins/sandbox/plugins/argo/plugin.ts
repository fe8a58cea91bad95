import { definePlugin, s } from "periplus/plugin";

export default definePlugin({
  name: "argo",
  version: "1.2.0",
  api: 1,
  allow: { http: ["{config.server}"], secrets: ["argo"] },
  limits: { calls: 1000 },
  config: s.object({
    server: s.url(),
    app: s.string({ default: "$SERVICE-$STAGE" }),
    timeout: s.duration({ default: "30m" }),
  }),
  tasks: {
    deployment: {
      props: s.object({
        deploymentstrategy: s.oneOf(["direct", "user_managed"], { default: "direct" }),
      }),
      async run(ctx) {
        const { server, app, timeout } = ctx.config;
        const image = ctx.data.configurationChange?.values?.image;
        if (!image) return ctx.fail("no image: trigger with --image NAME:TAG");
        if (ctx.props.deploymentstrategy === "user_managed")
          return ctx.leaveOpen("waiting for deployment.finished");
        const headers = { authorization: `Bearer ${ctx.secret("argo", "token")}` };
        const sync = await fetch(`${server}/api/v1/applications/${app}/sync`, {
          method: "POST",
          headers,
          json: { image },
        });
        if (!sync.ok) throw new Error(`argo refused the sync: ${sync.status}`);
        const live = await ctx.poll({ every: "5s", timeout }, async () => {
          const now = await (
            await fetch(`${server}/api/v1/applications/${app}`, { headers })
          ).json();
          await ctx.progress(`health ${now.status.health.status}`);
          return now.status.health.status === "Healthy" ? now : undefined;
        });
        return ctx.pass({ deployment: { deploymentURIsPublic: live.status.summary.externalURLs } });
      },
      async cancel(ctx) {
        await fetch(`${ctx.config.server}/api/v1/applications/${ctx.config.app}/operation`, {
          method: "DELETE",
        });
      },
    },
  },
  on: {
    async "evaluation.finished"(ctx) {
      await fetch(`${ctx.config.server}/notify`, {
        method: "POST",
        json: { score: ctx.data.evaluation?.score },
      });
    },
  },
});
