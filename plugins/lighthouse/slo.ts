/** Reading the SLO file of the service, at the commit of the sequence. @module */
import { classifySlo, type SloLookup, type TaskContext, unparsableSlo } from "periplus/plugin";

/** The file of the service alone: no other level stands in for it (Keptn: lighthouse.md 1.1). */
export async function lookUpSlo(
  ctx: Pick<TaskContext, "resources" | "project" | "stage" | "service">,
): Promise<SloLookup> {
  try {
    const found = await ctx.resources.sloFile({ level: "service" });
    return found ? { kind: "found", ...found } : { kind: "missing" };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name !== "SyntaxError") return refusedRead(message);
    const { project, stage, service } = ctx;
    return { kind: "problem", message: `${unparsableSlo(project, stage, service)}: ${message}` };
  }
}

/** The host's words say which of project, stage and service does not exist. */
function refusedRead(message: string): SloLookup {
  const said = { content: null, resourceError: message, serviceError: message };
  const fetched = classifySlo(said);
  return fetched.kind === "content" ? { kind: "missing" } : fetched;
}
