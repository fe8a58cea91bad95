/** Makes a live DOM tree equal to a new one, keeping focus, selection and opened parts. @module */

/** Attributes that belong to the person who looks at the page, once the node is there. */
const KEPT = new Set(["open", "tabindex"]);

/** Replaces the children of `parent` by `wanted`, reusing nodes of the same tag and `data-key`. */
export function patchChildren(parent: Element, wanted: readonly Node[]): void {
  const keyed = new Map<string, Element>();
  for (const child of parent.children) {
    const key = child.getAttribute("data-key");
    if (key !== null) keyed.set(key, child);
  }
  let here: ChildNode | null = parent.firstChild;
  for (const next of wanted) {
    const match = findMatch(next, here, keyed);
    if (!match) {
      parent.insertBefore(next, here);
      continue;
    }
    if (match !== here) parent.insertBefore(match, here);
    else here = match.nextSibling;
    patch(match, next);
  }
  while (here) {
    const rest: ChildNode | null = here.nextSibling;
    here.remove();
    here = rest;
  }
}

function findMatch(
  next: Node,
  here: ChildNode | null,
  keyed: ReadonlyMap<string, Element>,
): ChildNode | null {
  const key = next instanceof Element ? next.getAttribute("data-key") : null;
  if (key !== null) {
    const same = keyed.get(key);
    return same?.nodeName === next.nodeName ? same : null;
  }
  if (!here || here.nodeName !== next.nodeName) return null;
  return here instanceof Element && here.hasAttribute("data-key") ? null : here;
}

function patch(live: ChildNode, next: Node): void {
  if (!(live instanceof Element) || !(next instanceof Element)) {
    if (live.nodeValue !== next.nodeValue) live.nodeValue = next.nodeValue;
    return;
  }
  // The page opens a part when there is news in it; between news it is the person's.
  if (live.getAttribute("data-open") !== next.getAttribute("data-open")) {
    live.toggleAttribute("open", next.hasAttribute("open"));
  }
  for (const { name } of [...live.attributes]) {
    if (!next.hasAttribute(name) && !KEPT.has(name)) live.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (!KEPT.has(name) && live.getAttribute(name) !== value) live.setAttribute(name, value);
  }
  patchChildren(live, [...next.childNodes]);
}
