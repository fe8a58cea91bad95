/** `npm run conformance -- FILE…` @module */
import { runTypeScript } from "../run_typescript.js";

await runTypeScript("test/conformance/run.ts");
