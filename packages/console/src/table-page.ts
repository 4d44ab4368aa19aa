/** A page of one table, which needs no scripts: its links lead to the pages before and behind. */
import { type Markup, markup } from "./markup.ts";

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

export interface TablePageOptions {
  readonly cluster: string;
  readonly title: string;
  /** Sentences above the table. */
  readonly lines: readonly string[];
  readonly header: readonly string[];
  /** A cell may have several lines. */
  readonly rows: readonly (readonly (string | PageLink)[])[];
  readonly links: readonly PageLink[];
  /** Stands above the table. Its page needs `FORM_POLICY`. */
  readonly form?: PageForm;
}

export function tablePageOf({ cluster, title, lines, header, rows, links, form }: TablePageOptions): string {
  const heads = header.map((text) => markup`<th scope="col">${text}</th>`);
  const body = rows.map((cells) => markup`<tr>${cells.map(cellOf)}</tr>`);
  const table = markup`<table><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table>`;
  // A keyboard reaches it, and scrolls it where it is wider than the page.
  const region = markup`<div class="wide" tabindex="0" role="region" aria-label="${title}">${table}</div>`;
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
        <main>${lines.map((line) => markup`<p>${line}</p>`)}${form === undefined ? markup`` : formOf(form)}${rows.length === 0 ? markup`` : region}</main>
      </body>
    </html> `.text;
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

function cellOf(cell: string | PageLink, at: number): Markup {
  const content = typeof cell === "string" ? markup`${cell}` : anchorOf(cell);
  return at === 0 ? markup`<th scope="row">${content}</th>` : markup`<td class="lines">${content}</td>`;
}
