/** The console's one page. Its sections come by its stream of events. */
import { markup } from "./markup.ts";
import { linksOf, type PageLink } from "./table-page.ts";

/** Content types and texts of what the page loads, by their names beside the page. */
export const PAGE_FILES: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map([
  ["console.css", { type: "text/css; charset=utf-8", text: css() }],
  ["console.js", { type: "text/javascript; charset=utf-8", text: script() }],
]);

/** Whatever a page loads, says or frames is the console's own. */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The policy of a page that has a form. */
export const FORM_POLICY: string = POLICY.replace("form-action 'none'", "form-action 'self'");

export interface PageOptions {
  readonly cluster: string;
  /** Ids of all sections, in the order of the page. */
  readonly sectionIds: readonly string[];
  /** A sentence for readers without scripts: where else they find the same. */
  readonly elsewhere: string;
  /** Links to pages beside this one. Default: none. */
  readonly links?: readonly PageLink[];
}

/** The page of a cluster, with the places of its sections. */
export function pageOf({ cluster, sectionIds, elsewhere, links = [] }: PageOptions): string {
  const places = sectionIds.map((id) => {
    const live = id === "verdict" ? "polite" : "off";
    return markup`<section id="${id}" aria-live="${live}"></section> `;
  });
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${cluster} – Florenetes</title>
        <link rel="stylesheet" href="console.css" />
        <script type="module" src="console.js"></script>
      </head>
      <body>
        <header>
          <h1>cluster ${cluster}</h1>
          <p id="age" role="status">The nodes are being asked.</p>
          <noscript><p>This page needs scripts. ${elsewhere}</p></noscript>
          ${linksOf(links)}
        </header>
        <main>${places}</main>
      </body>
    </html> `.text;
}

/** Colours follow the reader's choice of light or dark. What is bad is told by a word or a mark, too, and never by a colour alone. */
function css(): string {
  return `:root {
  color-scheme: light dark;
  --back: light-dark(#fff, #161616); --text: light-dark(#1b1b1b, #ececec); --line: light-dark(#c8c8c8, #555);
  --good: light-dark(#116329, #57d38c); --bad: light-dark(#b3261e, #ff8a80);
  background: var(--back); color: var(--text);
}
body { font: 1rem/1.4 system-ui, sans-serif; margin: 0 auto; padding: 0 1rem 2rem; max-width: 75rem; }
h1 { font-size: 1.4rem; margin-bottom: 0; }
h2 { font-size: 1.1rem; }
ul { padding-left: 1.2rem; }
h1, p, li { overflow-wrap: anywhere; }
p.good, td.good { color: var(--good); }
p.bad, td.bad, #age.stale { color: var(--bad); font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; white-space: nowrap; padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid var(--line); }
td:last-child { white-space: normal; min-width: 16rem; }
tbody th { position: sticky; left: 0; background: var(--back); }
td.lines { white-space: pre-wrap; }
nav ul { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0; list-style: none; }
a { color: inherit; }
form { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin: 1rem 0; }
select, button { font: inherit; max-width: 100%; }
svg { width: 100%; height: auto; max-height: 32rem; }
svg.trend { width: 7.5rem; height: 1.25rem; vertical-align: middle; }
svg.bar { width: 7.5rem; height: 0.75rem; vertical-align: middle; }
rect { fill: none; stroke: var(--text); stroke-width: 2; }
rect.used { fill: var(--text); }
polyline { fill: none; stroke: var(--text); stroke-width: 1.5; stroke-linecap: round; }
line { stroke: var(--good); stroke-width: 2; }
line.bad { stroke: var(--bad); stroke-width: 3; stroke-dasharray: 8 6; }
circle { r: 14px; fill: var(--back); stroke: var(--good); stroke-width: 3; }
.bad circle { stroke: var(--bad); }
svg text { text-anchor: middle; dominant-baseline: hanging; fill: var(--text); font-size: 18px; paint-order: stroke; stroke: var(--back); stroke-width: 6px; }
svg .mark { dominant-baseline: central; font-weight: 700; }
@media (max-width: 40rem) { circle { r: 26px; } svg text { font-size: 40px; } }
`;
}

/** Puts sections into their places as they come, keeps the reader's place, and says how old they are when none come. */
function script(): string {
  return `const age = document.getElementById("age");
let heardAt;
let interval = 5000;
let isCut = false;
function follow() {
  const stream = new EventSource("events");
  stream.addEventListener("error", () => {
    isCut = true;
    show();
    // A refusal is final for the browser; places may be free later.
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 5000);
  });
  stream.addEventListener("open", () => { isCut = false; show(); });
  stream.addEventListener("sections", take);
  stream.addEventListener("looked", look);
}
function take({ data }) {
  for (const [id, markup] of Object.entries(JSON.parse(data))) {
    const place = document.getElementById(id);
    if (place === null) continue;
    const before = place.querySelector(".wide");
    const left = before?.scrollLeft ?? 0;
    const isHeld = before !== null && before === document.activeElement;
    place.innerHTML = markup;
    const wide = place.querySelector(".wide");
    if (wide !== null) wide.scrollLeft = left;
    if (isHeld) wide?.focus({ preventScroll: true });
  }
}
function look({ data }) {
  interval = Number(data);
  heardAt = performance.now();
  show();
}
function show() {
  const isStale = isCut || performance.now() - heardAt > 3 * interval + 5000;
  age.className = isStale ? "stale" : "";
  const text = isStale ? "STALE: the console does not answer. This is what it knew last." : heardAt === undefined ? "The nodes are being asked." : "Up to date.";
  if (age.textContent !== text) age.textContent = text;
}
follow();
setInterval(show, 1000);
`;
}
