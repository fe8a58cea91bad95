import { testSandbox } from "../../contract/sandbox.ts";
import { inlineSandbox } from "./host.ts";

testSandbox("a sandbox in this thread", inlineSandbox);
