/** The page: picks the screen for the address, keeps it live, and hands clicks to it. @module */
import { projectOf } from "./api.ts";
import { h } from "./element.ts";
import { failure, topBar } from "./frame.ts";
import { listen } from "./live.ts";
import { patchChildren } from "./patch.ts";
import { parseRoute, PAGE_ROOT, type Route, sequencePath } from "./route.ts";
import { applyTheme, nextTheme } from "./theme.ts";
import type { View } from "./view.ts";
import { projectView } from "./views/project.ts";
import { projectsView } from "./views/projects.ts";
import { sequenceView } from "./views/sequence.ts";

/** Events that come close together are answered by one reading. */
const GATHER_MS = 60;
/** A reading that takes long is not repeated at once: the host has other things to do. */
const REST = 3;
const TICK_MS = 500;

const top = document.getElementById("top")!;
const content = document.getElementById("content")!;
const said = document.getElementById("said")!;

let view: View | undefined;
let trouble: unknown;
let connected: boolean | undefined;
let endLive: () => void = () => undefined;
let reading = false;
let took = 0;
let stale = false;
let due: ReturnType<typeof setTimeout> | undefined;
let gather: ReturnType<typeof setTimeout> | undefined;

applyTheme();
addEventListener("popstate", () => void show());
document.addEventListener("click", (event) => void click(event));
setInterval(() => {
  if (view?.ticking?.()) draw();
}, TICK_MS);
void show();

async function show(): Promise<void> {
  endLive();
  trouble = undefined;
  const route = parseRoute(location.pathname);
  const next = await viewOf(route);
  if (!next) return;
  view = next;
  connected = next.filter ? false : undefined;
  // The stream is opened first, so that nothing falls between it and the reading.
  endLive = next.filter ? goLive(next) : () => undefined;
  await read();
  content.focus({ preventScroll: true });
  if (route.view === "sequence" && route.stage) {
    document.getElementById(`stage-${route.stage}`)?.scrollIntoView({ block: "start" });
  }
}

async function viewOf(route: Route): Promise<View | undefined> {
  switch (route.view) {
    case "projects":
      return projectsView();
    case "project":
      return projectView(route.project);
    case "sequence":
      return sequenceView(route.project, route.context, route.stage);
    case "trace":
      return followTrace(route.context, route.stage);
    case "unknown":
      trouble = new Error(`there is no screen at ${route.path}`);
      draw();
      return undefined;
  }
}

/** Keptn's `/trace/…` names no project: the context's events do. */
async function followTrace(context: string, stage?: string): Promise<View | undefined> {
  try {
    const project = await projectOf(context);
    if (!project) throw new Error(`no event of context ${context} is known here`);
    history.replaceState(null, "", sequencePath(project, context, stage));
    return sequenceView(project, context, stage);
  } catch (error) {
    trouble = error;
    draw();
    return undefined;
  }
}

function goLive(of: View): () => void {
  return listen(of.filter!, {
    event(event) {
      if (of.hear?.(event)) readSoon();
      draw();
    },
    reset: () => readSoon(),
    connected(yes) {
      if (yes && connected === false) readSoon();
      connected = yes;
      drawTop();
    },
  });
}

function readSoon(): void {
  gather ??= setTimeout(
    () => {
      gather = undefined;
      void read();
    },
    Math.max(GATHER_MS, REST * took),
  );
}

/** A sentence such as "nobody answers" becomes true by time alone. */
function readWhenDue(): void {
  clearTimeout(due);
  const wait = view?.dueIn?.();
  if (wait !== undefined) due = setTimeout(() => void read(), Math.max(GATHER_MS, wait));
}

/** Reads once at a time; what happens meanwhile is read after it. */
async function read(): Promise<void> {
  stale = true;
  if (reading) return;
  reading = true;
  while (stale) {
    stale = false;
    const current = view;
    const began = performance.now();
    try {
      await current?.load();
      if (current === view) trouble = undefined;
    } catch (error) {
      if (current === view) trouble = error;
    }
    took = performance.now() - began;
    if (current !== view) stale = true;
  }
  reading = false;
  draw();
  readWhenDue();
}

function draw(): void {
  drawTop();
  document.title = view && !trouble ? `${view.title} · Periplus` : "Periplus";
  patchChildren(content, trouble || !view ? [failure(trouble)] : view.render());
}

function drawTop(): void {
  patchChildren(top, topBar(view?.crumbs ?? [], connected));
}

async function click(event: MouseEvent): Promise<void> {
  const target = event.target instanceof Element ? event.target : null;
  const button = target?.closest<HTMLElement>("[data-do]");
  if (button) return act(button);
  const link = target?.closest<HTMLAnchorElement>("a[href]");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  if (!link || !plain || link.hash || !link.pathname.startsWith(PAGE_ROOT)) return;
  event.preventDefault();
  history.pushState(null, "", link.pathname);
  await show();
}

async function act(button: HTMLElement): Promise<void> {
  const { do: name = "", ask, ...facts } = button.dataset;
  if (name === "theme") {
    say(`colours: ${nextTheme()}`);
    return drawTop();
  }
  if (name === "reload") return show();
  if (ask && !confirm(ask)) return;
  button.setAttribute("disabled", "");
  try {
    say((await view?.act?.(name, facts)) ?? "");
    await read();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say(message);
    content.prepend(h("div", { class: "notice fail", role: "alert" }, h("p", {}, message)));
  } finally {
    button.removeAttribute("disabled");
  }
}

/** Tells screen readers what happened. */
function say(sentence: string): void {
  said.textContent = sentence;
}
