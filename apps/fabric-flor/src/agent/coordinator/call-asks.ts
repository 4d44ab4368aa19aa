/** Which hosts are asked to call which origins, as these cannot call them. Pure. */
import type { AnnounceBody, ReportBody } from "@florenetes/facts";

/**
 * The hosts of an origin's report that are to call the origin: it has no link to them, they announce no endpoint that is public, and it has one.
 *
 * @param announced What a node announces; undefined: nothing is known
 */
export function callersOf(
  origin: string,
  { uses, links }: Pick<ReportBody, "uses" | "links">,
  announced: (node: string) => AnnounceBody | undefined,
): readonly string[] {
  const isPublic = (node: string): boolean =>
    announced(node)?.endpoints.some(({ reach }) => reach === "public") === true;
  if (!isPublic(origin)) return [];
  const neighbours = new Set(links.map(({ peer }) => peer));
  const hosts = new Set(uses.map(({ host }) => host));
  return [...hosts].filter(
    (host) => host !== origin && !neighbours.has(host) && announced(host) !== undefined && !isPublic(host),
  );
}
