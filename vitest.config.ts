import { defineConfig } from "vitest/config";

const sdk = new URL("src/plugins/sdk/mod.ts", import.meta.url).pathname;

export default defineConfig({
  resolve: { alias: { "periplus/plugin": sdk } },
  test: { include: ["test/**/*.test.ts"], testTimeout: 20_000, pool: "threads" },
});
