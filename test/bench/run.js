/** `npm run bench [-- --json] [-- NAME…]` @module */
import { runTypeScript } from "../run_typescript.js";

await runTypeScript("test/bench/run.ts");
