/** A small self-contained page over `/api/openapi.json`. @module */
import type { StaticFile } from "./deps.ts";

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Periplus API</title>
<link rel="stylesheet" href="page.css">
<script type="module" src="page.js"></script>
</head>
<body>
<header><h1>Periplus API</h1><p><a href="../openapi.json">openapi.json</a></p></header>
<main id="routes"><p>Loading…</p></main>
</body>
</html>
`;

const CSS = `body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem}
h2{margin:2rem 0 .5rem;font-size:1.1rem}
details{border-top:1px solid #8884;padding:.3rem 0}
summary{cursor:pointer}
code{font:13px ui-monospace,monospace}
.method{display:inline-block;width:4.5rem;font-weight:600}
.about{opacity:.75;margin-left:.75rem}
pre{overflow:auto;background:#8881;padding:.75rem}
`;

const JS = `const root = document.getElementById("routes");
const element = (name, text, type) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (type) made.className = type;
  return made;
};
const show = (path, method, operation) => {
  const details = element("details");
  const summary = element("summary");
  summary.append(element("code", method.toUpperCase(), "method"), element("code", path));
  summary.append(element("span", operation.summary, "about"));
  details.append(summary);
  const { parameters, requestBody, responses } = operation;
  details.append(element("pre", JSON.stringify({ parameters, requestBody, responses }, null, 2)));
  return details;
};
try {
  const answer = await fetch("../openapi.json");
  const document = await answer.json();
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
  const parts = document.tags.flatMap(({ name }) => [
    element("h2", name),
    ...operations
      .filter(({ operation }) => operation.tags[0] === name)
      .map(({ path, method, operation }) => show(path, method, operation)),
  ]);
  root.replaceChildren(...parts);
} catch (error) {
  root.replaceChildren(element("p", "The list of routes could not be read: " + error.message));
}
`;

/** Files of the page by name. */
export const SWAGGER_PAGE: ReadonlyMap<string, StaticFile> = new Map([
  ["index.html", { type: "text/html; charset=utf-8", body: HTML }],
  ["page.css", { type: "text/css; charset=utf-8", body: CSS }],
  ["page.js", { type: "text/javascript; charset=utf-8", body: JS }],
]);
