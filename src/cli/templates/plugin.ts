/** The plugin that `plugin new` writes. @module */

/** A plugin that answers the task of its own name. */
export function pluginSource(name: string): string {
  return `import { definePlugin, s } from "periplus/plugin";

// Saved into the plugins folder of a running host, this is live within a second. It answers the
// task \`${name}\` of any shipyard: periplus trigger sequence runs one that has it.
export default definePlugin({
  name: "${name}",
  version: "0.1.0",
  api: 1,
  // What it needs beyond reading files; nothing is granted by asking:
  // allow: { http: ["https://api.example.com"], secrets: ["my-secret"] },
  // Read from ${name}/config.yaml of the project, its stages and services:
  config: s.object({ greeting: s.string({ default: "Hello" }) }),
  tasks: {
    "${name}": {
      async run(ctx) {
        const message = \`\${ctx.config.greeting}, \${ctx.service} in \${ctx.stage}\`;
        await ctx.progress(message);
        return ctx.pass({ "${name}": { message } });
      },
    },
  },
});
`;
}
