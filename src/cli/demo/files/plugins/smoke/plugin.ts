/** A test executor as a plugin: the new version runs, and the cart can be read. @module */
import { definePlugin } from "periplus/plugin";

interface Running {
  readonly image?: string;
}

export default definePlugin({
  name: "smoke",
  version: "1.0.0",
  api: 1,
  allow: { http: ["http://127.0.0.1"] },
  tasks: {
    async test(ctx) {
      const shop = String(ctx.data.deployment?.deploymentURIsLocal?.[0] ?? "");
      if (shop === "") return ctx.fail("no address: deployment.deploymentURIsLocal is empty");
      const wanted = ctx.data.configurationChange?.values?.image;
      const running = await ctx.poll({ every: "250ms", timeout: "15s" }, async () => {
        const version = (await (await fetch(`${shop}/version`)).json()) as Running;
        return version.image && (!wanted || version.image === wanted) ? version : undefined;
      });
      const cart = await fetch(`${shop}/carts`);
      if (!cart.ok) return ctx.fail(`the cart answers ${cart.status}`);
      return ctx.pass({}, `${running.image} answers`);
    },
  },
});
