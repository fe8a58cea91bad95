/** Reading the SLO file of the service, at the commit of the sequence. @module */
import {
  classifySlo,
  type Slo,
  type SloLookup,
  type TaskContext,
  unparsableSlo,
} from "periplus/plugin";

const FILE = "slo.yaml";
const AT = { level: "service" } as const;

/** The file of the service alone: no other level stands in for it (Keptn: lighthouse.md 1.1). */
export async function lookUpSlo(
  ctx: Pick<TaskContext, "resources" | "project" | "stage" | "service">,
): Promise<SloLookup> {
  const { resources, project, stage, service } = ctx;
  const text = await attempt(() => resources.read(FILE, AT));
  if ("error" in text) {
    const said = { content: null, resourceError: text.error, serviceError: text.error };
    const fetched = classifySlo(said);
    return fetched.kind === "content" ? { kind: "missing" } : fetched;
  }
  if (!text.value) return { kind: "missing" };
  const slo = await attempt(() => resources.slo<Slo>(AT));
  if ("error" in slo) {
    const message = `${unparsableSlo(project, stage, service)}: ${slo.error}`;
    return { kind: "problem", message };
  }
  if (!slo.value) return { kind: "missing" };
  return { kind: "found", slo: slo.value, contentBase64: base64(text.value) };
}

type Attempt<T> = { readonly value: T } | { readonly error: string };

async function attempt<T>(read: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function base64(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
