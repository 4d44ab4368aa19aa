import type { DownPart } from "../config/reload-outcome.ts";

/** The number of parts that are down in one line. */
const PARTS_TOLD_MAX = 3;

/** The number of desired links, and of those that are up. */
export interface LinksUp {
  readonly up: number;
  readonly wanted: number;
}

/** The status line of a vertex for the service manager. */
export function statusLine(links: readonly LinksUp[], down: readonly DownPart[] = []): string {
  const parts = down.map(({ what, code }) => `, ${what} is down: ${code}`);
  return `${linksLine(links)}${parts.slice(0, PARTS_TOLD_MAX).join("")}${parts.length > PARTS_TOLD_MAX ? ", …" : ""}`;
}

function linksLine(links: readonly LinksUp[]): string {
  const wanted = links.reduce((sum, each) => sum + each.wanted, 0);
  const up = links.reduce((sum, each) => sum + each.up, 0);
  return wanted === 0 ? "no links" : `${up} of ${wanted} links up`;
}
