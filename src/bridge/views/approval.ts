/** The question that a manual approval asks. @module */
import { h } from "../element.ts";
import { shortImage, score } from "../format.ts";
import type { KeptnEvent } from "../models.ts";
import { sequencePath } from "../route.ts";
import { badge, icon } from "../status.ts";
import { field, text } from "../event.ts";

/** The box with both buttons; `linked` names the sequence where the page shows several. */
export function approvalBox(approval: KeptnEvent, linked = false): HTMLElement {
  const [project, stage, service] = ["project", "stage", "service"].map(
    (name) => text(approval, name) ?? "",
  ) as [string, string, string];
  const image = text(approval, "configurationChange", "values", "image");
  const points = field(approval, "evaluation", "score");
  const result = text(approval, "evaluation", "result") ?? text(approval, "result");
  const what = image ? shortImage(image) : service;
  const title = `${what} into ${stage}?`;
  return h(
    "div",
    { class: "approve approval", "data-key": `approve-${approval.id}` },
    icon("approval"),
    h(
      "p",
      { class: "ask" },
      h("b", {}, title),
      " ",
      linked &&
        h("a", { href: sequencePath(project, approval.shkeptncontext, stage) }, `in ${project}`),
    ),
    result && badge(result, typeof points === "number" ? `score ${score(points)}` : result),
    h(
      "button",
      {
        class: "main",
        "data-do": "approve",
        "data-id": approval.id,
        "aria-label": `Approve ${title}`,
      },
      "Approve",
    ),
    h(
      "button",
      {
        class: "danger",
        "data-do": "decline",
        "data-id": approval.id,
        "aria-label": `Decline ${title}`,
      },
      "Decline",
    ),
  );
}

/** What was done, to be told to the person. */
export function decided(approval: KeptnEvent, result: "pass" | "fail"): string {
  const done = result === "pass" ? "approved" : "declined";
  return `${text(approval, "service") ?? "the service"} in ${text(approval, "stage") ?? ""}: ${done}`;
}
