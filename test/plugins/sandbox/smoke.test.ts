import { expect, test } from "vitest";
import { activation, bundleOf, inlineSandbox, taskSource } from "./host.ts";

test("smoke", async () => {
  const host = await inlineSandbox();
  const plugin = await host.load(await bundleOf(taskSource(`
    console.log("hello", { a: 1 });
    const a = await ctx.kv.get("x");
    const u = new URL("../b?x=1#f", "https://U:P@Example.com:443/a/c/d");
    return ctx.pass({ a, now: Date.now(), r: Math.random(), url: u.href, t: new TextDecoder().decode(new TextEncoder().encode("äö€😀")) }, "ok");
  `)));
  expect(plugin.manifest.name).toBe("probe");
  const t0 = performance.now();
  const r = await plugin.run(activation((c) => ({ value: c.args })));
  console.log(JSON.stringify(r), performance.now() - t0);
  for (let i = 0; i < 200; i++) await plugin.run(activation((c) => ({ value: c.args })));
  const t1 = performance.now();
  for (let i = 0; i < 1000; i++) await plugin.run(activation((c) => ({ value: c.args })));
  console.log("per event ms", (performance.now() - t1) / 1000);
  const loop = await host.load(await bundleOf(taskSource(`
    let i = 0;
    function spin() { for (;;) i++; }
    spin();
  `)));
  console.log(JSON.stringify(await loop.run(activation())));
  const thrown = await host.load(await bundleOf(taskSource(`
    const boom = () => { throw new TypeError("bad thing"); };
    await ctx.sleep("1s");
    boom();
  `)));
  console.log(JSON.stringify(await thrown.run(activation())));
});
