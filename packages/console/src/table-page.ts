/** A page of tables, which needs no scripts: its links lead to the pages before and behind. */
import { barOf } from "./bar.ts";
import { type Markup, markup } from "./markup.ts";
import type { Bar, Trend } from "./picture.ts";
import { trendOf } from "./trend.ts";

/** A link. Its address is of our own making. */
export interface PageLink {
  readonly text: string;
  readonly href: string;
}

/** A choice of one of several, which a press of the button sends: POST, with its place among all, from 0 on. */
interface PageForm {
  /** The address of the page that takes it. */
  readonly action: string;
  readonly field: string;
  readonly label: string;
  readonly choices: readonly string[];
  /** The place of what is chosen at first. */
  readonly chosen: number;
  readonly button: string;
}

export interface PageTable {
  readonly title: string;
  readonly header: readonly string[];
  /** A cell may have several lines. The first one of a row is a text or a link. */
  readonly rows: readonly (readonly (string | PageLink | Trend | Bar)[])[];
}

/** The page's title is that of its first table. */
export interface TablePageOptions extends PageTable {
  readonly cluster: string;
  /** Sentences above the table. */
  readonly lines: readonly string[];
  /** Tables below the first one, each with its title above it. Default: none. */
  readonly further?: readonly PageTable[];
  readonly links: readonly PageLink[];
  /** Stands above the table. Its page needs `FORM_POLICY`. */
  readonly form?: PageForm;
}

export function tablePageOf(options: TablePageOptions): string {
  const { cluster, title, lines, links, form, further = [] } = options;
  const others = further.map((table) => markup`<h2>${table.title}</h2>${tableOf(table)}`);
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}, ${cluster}, Florenetes</title>
        <link rel="stylesheet" href="console.css" />
      </head>
      <body>
        <header><h1>cluster ${cluster}: ${title}</h1>${linksOf(links)}</header>
        <main>${lines.map((line) => markup`<p>${line}</p>`)}${form === undefined ? markup`` : formOf(form)}${tableOf(options)}${others}</main>
      </body>
    </html> `.text;
}

/** Nothing where it has no rows. */
function tableOf({ title, header, rows }: PageTable): Markup {
  if (rows.length === 0) return markup``;
  const heads = header.map((text) => markup`<th scope="col">${text}</th>`);
  const body = rows.map((cells) => markup`<tr>${cells.map(cellOf)}</tr>`);
  const table = markup`<table><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table>`;
  // A keyboard reaches it, and scrolls it where it is wider than the page.
  return markup`<div class="wide" tabindex="0" role="region" aria-label="${title}">${table}</div>`;
}

/** Links beside each other; nothing where there are none. */
export function linksOf(links: readonly PageLink[]): Markup {
  if (links.length === 0) return markup``;
  return markup`<nav><ul>${links.map((link) => markup`<li>${anchorOf(link)}</li>`)}</ul></nav>`;
}

function formOf({ action, field, label, choices, chosen, button }: PageForm): Markup {
  const options = choices.map((text, at) => {
    return at === chosen
      ? markup`<option value="${at}" selected>${text}</option>`
      : markup`<option value="${at}">${text}</option>`;
  });
  return markup`<form method="post" action="${action}">
      <label for="${field}">${label}</label><select id="${field}" name="${field}">${options}</select><button>${button}</button>
    </form>`;
}

function anchorOf({ text, href }: PageLink): Markup {
  return markup`<a href="${href}">${text}</a>`;
}

function cellOf(cell: string | PageLink | Trend | Bar, at: number): Markup {
  const content = contentOf(cell);
  if (at === 0) return markup`<th scope="row">${content}</th>`;
  return isLong(cell) ? markup`<td class="lines">${content}</td>` : markup`<td>${content}</td>`;
}

/** A date, or a figure with what is drawn beside it, is broken by nothing. */
const SHORT_LENGTH = 20;

function isLong(cell: string | PageLink | Trend | Bar): boolean {
  return typeof cell === "string" && (cell.length > SHORT_LENGTH || cell.includes("\n"));
}

function contentOf(cell: string | PageLink | Trend | Bar): Markup {
  if (typeof cell === "string") return markup`${cell}`;
  if ("href" in cell) return anchorOf(cell);
  return "most" in cell ? barOf(cell) : trendOf(cell);
}
