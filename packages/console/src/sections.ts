/** A picture as sections of a page. */
import { FURTHER_FINDINGS_MAX, TABLE_ROWS_MAX, TREND_ROWS_MAX } from "./limits.ts";
import { fitMap } from "./map-groups.ts";
import { layOut, type Place } from "./map-layout.ts";
import { type Markup, markup } from "./markup.ts";
import type { ConsolePicture, MapLink, MapNode, MapPicture, PictureTable, Trend } from "./picture.ts";
import { trendOf } from "./trend.ts";

/** The content of each section of the page, by its id. */
export type Sections = ReadonlyMap<string, Markup>;

/** The ids of all sections, in the order of the page. @param tables the number of tables of its pictures */
export function sectionIds(tables: number): readonly string[] {
  return ["verdict", "map", ...Array.from({ length: tables }, (_, at) => tableId(at))];
}

const MAP_SIZE = { width: 1_000, height: 500, margin: 60 };
/** How far below a node its name stands. */
const LABEL_BELOW = 32;

/** Draws pictures one after the other. A node stays in its place on the map as long as the map has the same nodes and links. */
export class SectionWriter {
  #graph = "";
  #places: ReadonlyMap<string, Place> = new Map();

  write(picture: ConsolePicture): Sections {
    const { isGoodState } = picture;
    const tables = picture.tables.map((table, at) => [tableId(at), tableOf(table, isGoodState)] as const);
    return new Map([["verdict", verdictOf(picture)], ["map", this.#mapOf(picture)], ...tables]);
  }

  #mapOf({ map, isGoodState }: ConsolePicture): Markup {
    const heading = markup`<h2>map</h2>`;
    const counts = `${map.nodes.length} nodes and ${map.links.length} links`;
    const fitted = fitMap(map, isGoodState);
    if (fitted === undefined) {
      return markup`${heading}<p>${counts} are too many for a map. The tables have more of them.</p>`;
    }
    this.#layOut(fitted);
    const { width, height } = MAP_SIZE;
    const shapes = [
      ...fitted.links.map((link) => this.#lineOf(link, isGoodState)),
      ...fitted.nodes.map((node) => this.#nodeOf(node, isGoodState)),
    ];
    const label = `${counts}; the tables below say the same in words`;
    return markup`${heading}<svg role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}">${shapes}</svg>`;
  }

  #layOut({ nodes, links }: MapPicture): void {
    const names = nodes.map(({ name }) => name);
    const graph = JSON.stringify([names, links.map(({ between }) => between)]);
    if (graph === this.#graph) return;
    const indices = new Map(names.map((name, index) => [name, index]));
    const ends = links.map(({ between: [a, b] }) => [indices.get(a)!, indices.get(b)!] as const);
    this.#places = new Map(layOut(nodes.length, ends).map((place, index) => [names[index]!, place]));
    this.#graph = graph;
  }

  #lineOf({ name, between, state }: MapLink, isGoodState: ConsolePicture["isGoodState"]): Markup {
    const [one, other] = [this.#at(between[0]), this.#at(between[1])];
    const ends = markup`x1="${one.x}" y1="${one.y}" x2="${other.x}" y2="${other.y}"`;
    return markup`<line class="${classOf(isGoodState(state))}" ${ends}><title>${`${name}: ${state}`}</title></line>`;
  }

  #nodeOf({ name, state, members }: MapNode, isGoodState: ConsolePicture["isGoodState"]): Markup {
    const { x, y } = this.#at(name);
    const isGood = isGoodState(state);
    const shown = members === undefined ? name : `${name}: ${members} nodes`;
    const mark = markup`<text class="mark" x="${x}" y="${y}">${isGood ? "" : "!"}</text>`;
    const label = markup`<text x="${x}" y="${y + LABEL_BELOW}">${shown}</text>`;
    const title = markup`<title>${`${shown}: ${state}`}</title>`;
    return markup`<g class="${classOf(isGood)}">${title}<circle cx="${x}" cy="${y}"/>${mark}${label}</g>`;
  }

  #at(node: string): Place {
    const { x, y } = this.#places.get(node)!;
    const { width, height, margin } = MAP_SIZE;
    return { x: Math.round(margin + x * (width - 2 * margin)), y: Math.round(margin + y * (height - 2 * margin)) };
  }
}

function tableId(at: number): string {
  return `table-${at}`;
}

/** The verdict, and each further finding. */
function verdictOf({ isWhole, verdict }: ConsolePicture): Markup {
  const [first = "", ...rest] = verdict;
  const more = rest.length - FURTHER_FINDINGS_MAX;
  const lines = [
    ...rest.slice(0, FURTHER_FINDINGS_MAX),
    ...(more > 0 ? [`and ${more} more, which the tables show`] : []),
  ];
  const items = lines.map((line) => markup`<li>${line.trim()}</li>`);
  const list = items.length === 0 ? markup`` : markup`<ul>${items}</ul>`;
  return markup`<h2>verdict</h2><p class="${classOf(isWhole)}">${first}</p>${list}`;
}

/** A table without the columns in which nothing stands. */
function tableOf({ title, header, note, rows }: PictureTable, isGoodState: ConsolePicture["isGoodState"]): Markup {
  if (rows.length === 0) return markup``;
  const stateAt = header.indexOf("STATE");
  const shown = shownRows(rows, (row) => stateAt >= 0 && !isGoodState(textOf(row[stateAt]!)));
  const columns = [...header.keys()].filter((at) => shown.some((row) => row[at] !== ""));
  const heads = columns.map((at) => markup`<th scope="col">${header[at]!}</th>`);
  const lines = shown.map((row) => {
    const cells = columns.map((at) => {
      const cell = row[at]!;
      const text = textOf(cell);
      if (at === 0) return markup`<th scope="row">${text}</th>`;
      if (at === stateAt) return markup`<td class="${classOf(isGoodState(text))}">${text}</td>`;
      return typeof cell === "string" || shown.length > TREND_ROWS_MAX
        ? markup`<td>${text}</td>`
        : markup`<td>${trendOf(cell)}</td>`;
    });
    return markup`<tr>${cells}</tr>`;
  });
  const left = rows.length - shown.length;
  const more = left === 0 ? markup`` : markup`<p>${left} more rows are not shown.</p>`;
  const table = markup`<table><thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table>`;
  // A keyboard reaches it, and scrolls it where it is wider than the page.
  const above = note === undefined ? markup`` : markup`<p>${note}</p>`;
  return markup`<h2>${title}</h2>${above}<div class="wide" tabindex="0" role="region" aria-label="${title}">${table}</div>${more}`;
}

function textOf(cell: string | Trend): string {
  return typeof cell === "string" ? cell : cell.text;
}

/** All rows, or the first of those that are not well, and of the others as many as there is room for. */
function shownRows<Row>(rows: readonly Row[], isBad: (row: Row) => boolean): readonly Row[] {
  if (rows.length <= TABLE_ROWS_MAX) return rows;
  const bad = rows.filter(isBad).slice(0, TABLE_ROWS_MAX);
  const good = rows.filter((row) => !isBad(row)).slice(0, TABLE_ROWS_MAX - bad.length);
  return [...bad, ...good];
}

function classOf(isGood: boolean): string {
  return isGood ? "good" : "bad";
}
