import type { LinkStatus } from "./link.ts";
import type { LinkRequests } from "./link-requests.ts";
import type { PortalBody } from "./messages.ts";

/** The part that a cluster vertex has taken of all that its link vertex tells in an attachment. */
export class KnownStates {
  /** The generation of the link table up to which all is known. */
  generation = 0n;
  /** The newest generation of which anything is known. */
  generationMax = 0n;
  /** The newest report of transit that was taken. */
  transitReport: number | undefined;

  /** A new attachment: nothing is known. */
  restart(): void {
    this.generation = 0n;
    this.generationMax = 0n;
    this.transitReport = undefined;
  }

  /** A report of transit has come: late ones do not count. */
  takeReport(number: number): void {
    this.transitReport = Math.max(this.transitReport ?? 0, number);
  }

  /** Takes what is news, and returns it. */
  take({ from, to, links }: PortalBody & { kind: "link-states" }, requests: LinkRequests): LinkStatus[] {
    const news: LinkStatus[] = [];
    for (const { generation, status } of links) {
      if (generation > this.generationMax) this.generationMax = generation;
      if (requests.handleStatus(generation, status)) news.push(status);
    }
    if (from <= this.generation && to > this.generation) this.generation = to;
    return news;
  }
}
