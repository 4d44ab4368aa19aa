/** Links that are wanted, and those of them that are up. */
export interface LinksUp {
  readonly up: number;
  readonly wanted: number;
}

/** The line of a vertex that a service manager shows. */
export function statusLine(links: readonly LinksUp[]): string {
  const wanted = links.reduce((sum, each) => sum + each.wanted, 0);
  const up = links.reduce((sum, each) => sum + each.up, 0);
  return wanted === 0 ? "no links" : `${up} of ${wanted} links up`;
}
