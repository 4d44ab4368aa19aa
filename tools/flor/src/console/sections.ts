/** A mesh as sections of a page. Pure. */
import type { Mesh } from "@florenetes/mesh-file";
import { linkName } from "../mesh-status/link-rows.ts";
import { type MeshPicture, meshVerdict } from "../mesh-status/mesh-picture.ts";
import { isGoodState, type PictureTable, pictureTables } from "../mesh-status/picture-text.ts";
import { FURTHER_FINDINGS_MAX, MAP_SHAPES_MAX } from "./limits.ts";
import { layOut, type Place } from "./map-layout.ts";
import { type Markup, markup } from "./markup.ts";

/** The content of each section of the page, by its id. */
export type Sections = ReadonlyMap<string, Markup>;

const TABLES = 5;
/** The ids of all sections, in the order of the page. */
export const SECTION_IDS: readonly string[] = [
  "verdict",
  "map",
  ...Array.from({ length: TABLES }, (_, at) => tableId(at)),
];

const MAP_SIZE = { width: 1_000, height: 500, margin: 60 };
/** How far below a node its name stands. */
const LABEL_BELOW = 32;

/** Draws meshes of one mesh file. Each node stays in its place on the map, whatever the nodes tell. */
export class SectionWriter {
  readonly #mesh: Mesh;
  /** Empty: the mesh is too large for a map. */
  readonly #places: ReadonlyMap<string, Place>;

  constructor(mesh: Mesh) {
    this.#mesh = mesh;
    const { nodes, links } = mesh;
    const indices = new Map(nodes.map(({ name }, index) => [name, index]));
    const ends = links.map(({ between: [a, b] }) => [indices.get(a)!, indices.get(b)!] as const);
    const places = nodes.length + links.length > MAP_SHAPES_MAX ? [] : layOut(nodes.length, ends);
    this.#places = new Map(places.map((place, index) => [nodes[index]!.name, place]));
  }

  write(picture: MeshPicture): Sections {
    const tables = pictureTables(picture).map((table, at) => [tableId(at), tableOf(table)] as const);
    return new Map([["verdict", verdictOf(picture)], ["map", this.#mapOf(picture)], ...tables]);
  }

  #mapOf({ nodes, links }: MeshPicture): Markup {
    const heading = markup`<h2>map</h2>`;
    const counts = `${nodes.length} nodes and ${links.length} links`;
    if (this.#places.size < nodes.length) {
      return markup`${heading}<p>${counts} are too many for a map. The tables have all of them.</p>`;
    }
    const { width, height } = MAP_SIZE;
    const shapes = [...this.#linesOf(links), ...nodes.map(({ node, state }) => this.#nodeOf(node, state))];
    const label = `${counts}; the tables below say the same in words`;
    return markup`${heading}<svg role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}">${shapes}</svg>`;
  }

  #linesOf(links: MeshPicture["links"]): readonly Markup[] {
    const states = new Map(links.map(({ link, state }) => [link, state]));
    return this.#mesh.links.map((link) => {
      const [one, other] = [this.#at(link.between[0]), this.#at(link.between[1])];
      const state = states.get(linkName(link)) ?? "unknown";
      const ends = markup`x1="${one.x}" y1="${one.y}" x2="${other.x}" y2="${other.y}"`;
      return markup`<line class="${classOf(state)}" ${ends}><title>${`${linkName(link)}: ${state}`}</title></line>`;
    });
  }

  #nodeOf(node: string, state: string): Markup {
    const { x, y } = this.#at(node);
    const mark = markup`<text class="mark" x="${x}" y="${y}">${isGoodState(state) ? "" : "!"}</text>`;
    const name = markup`<text x="${x}" y="${y + LABEL_BELOW}">${node}</text>`;
    const title = markup`<title>${`${node}: ${state}`}</title>`;
    return markup`<g class="${classOf(state)}">${title}<circle cx="${x}" cy="${y}"/>${mark}${name}</g>`;
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

/** The verdict, and each further finding. The first line of a verdict says whether the mesh is whole. */
function verdictOf(picture: MeshPicture): Markup {
  const [first = "", ...rest] = meshVerdict(picture);
  const more = rest.length - FURTHER_FINDINGS_MAX;
  const lines = [
    ...rest.slice(0, FURTHER_FINDINGS_MAX),
    ...(more > 0 ? [`and ${more} more, which the tables show`] : []),
  ];
  const items = lines.map((line) => markup`<li>${line.trim()}</li>`);
  const list = items.length === 0 ? markup`` : markup`<ul>${items}</ul>`;
  return markup`<h2>verdict</h2><p class="${picture.isWhole ? "good" : "bad"}">${first}</p>${list}`;
}

/** A table without the columns in which nothing stands. */
function tableOf({ title, header, rows }: PictureTable): Markup {
  if (rows.length === 0) return markup``;
  const columns = [...header.keys()].filter((at) => rows.some((row) => row[at] !== ""));
  const heads = columns.map((at) => markup`<th scope="col">${header[at]!}</th>`);
  const lines = rows.map((row) => markup`<tr>${columns.map((at) => cellOf(header[at]!, row[at]!, at === 0))}</tr>`);
  const table = markup`<table><thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table>`;
  // A keyboard reaches it, and scrolls it where it is wider than the page.
  return markup`<h2>${title}</h2><div class="wide" tabindex="0" role="region" aria-label="${title}">${table}</div>`;
}

function cellOf(column: string, cell: string, isFirst: boolean): Markup {
  if (isFirst) return markup`<th scope="row">${cell}</th>`;
  return column === "STATE" ? markup`<td class="${classOf(cell)}">${cell}</td>` : markup`<td>${cell}</td>`;
}

function classOf(state: string): string {
  return isGoodState(state) ? "good" : "bad";
}
