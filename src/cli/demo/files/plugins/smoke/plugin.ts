/** A test executor as a plugin: the new version runs, and the cart can be read again and again. @module */
import { definePlugin } from "periplus/plugin";

interface Running {
  readonly image?: string;
}

const READS = 5;

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
      for (let read = 0; read < READS; read++) {
        const cart = await fetch(`${shop}/carts`);
        if (!cart.ok) return ctx.fail(`the cart answers ${cart.status}`);
        await ctx.sleep("200ms");
      }
      return ctx.pass({}, `${running.image} answers`);
    },
  },
});
