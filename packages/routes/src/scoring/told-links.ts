/** The links of a node that count: those that both ends tell. A node is judged by its best one, so that no neighbour makes it worse, and nobody gains by hiding one. */
import { bodyOf, type Fact, type LinkFigures, type ReportBody } from "@florenetes/facts";
import { pointsOf, unitsOfLink, type Weights } from "../costs.ts";
import { worseFigures } from "../link-figures.ts";
import { UPLINK_LOSS_MAX } from "./limits.ts";

/**
 * Figures of the links that a node and its peers tell; of each figure the worse one.
 *
 * @param reportOf The newest report of a node; undefined: there is none
 */
export function toldLinks(
  node: string,
  { links }: ReportBody,
  reportOf: (node: string) => Fact | undefined,
): LinkFigures[] {
  return links.flatMap(({ peer, tag = "0", figures }) => {
    const report = reportOf(peer);
    const told = report === undefined ? [] : bodyOf(report, "report")!.links;
    const far = told.find((each) => each.peer === node && (each.tag ?? "0") === tag);
    return far === undefined ? [] : [worseFigures(figures, far.figures)];
  });
}

/** The link that costs a route the least; undefined: there is none. */
export function bestLinkOf(links: readonly LinkFigures[], weights: Weights): LinkFigures | undefined {
  const pointsOfLink = (link: LinkFigures): number => pointsOf(unitsOfLink(link), weights);
  return links.toSorted((a, b) => pointsOfLink(a) - pointsOfLink(b))[0];
}

/** The uplink of a phone: the fastest of the links that lose little, or else the one that loses least. */
export function uplinkOf(links: readonly LinkFigures[]): LinkFigures | undefined {
  const lossOf = ([, , loss]: LinkFigures): number => Math.max(loss, UPLINK_LOSS_MAX - 1);
  const rateOf = ([, , , rate]: LinkFigures): number => rate;
  return links.toSorted((a, b) => lossOf(a) - lossOf(b) || rateOf(b) - rateOf(a))[0];
}
