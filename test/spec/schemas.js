/** Writes the schemas on plain Node. @module */
import { runTypeScript } from "../run_typescript.js";

await runTypeScript("test/spec/write_schemas.ts");
