import type { DownPart } from "../config/reload-outcome.ts";

/** Parts that are down, in one line. */
const PARTS_TOLD_MAX = 3;

/** Links that are wanted, and those of them that are up. */
export interface LinksUp {
  readonly up: number;
  readonly wanted: number;
}

/** The line of a vertex that a service manager shows. */
export function statusLine(links: readonly LinksUp[], down: readonly DownPart[] = []): string {
  const parts = down.map(({ what, code }) => `, ${what} is down: ${code}`);
  return `${linksLine(links)}${parts.slice(0, PARTS_TOLD_MAX).join("")}${parts.length > PARTS_TOLD_MAX ? ", …" : ""}`;
}

function linksLine(links: readonly LinksUp[]): string {
  const wanted = links.reduce((sum, each) => sum + each.wanted, 0);
  const up = links.reduce((sum, each) => sum + each.up, 0);
  return wanted === 0 ? "no links" : `${up} of ${wanted} links up`;
}
