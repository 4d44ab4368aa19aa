import { QUEUE_GROUPS } from "../limits.ts";
import type { InLinkTurns } from "./in-link-turns.ts";

/** The place of the vertex itself, which nobody shares. */
const OWN_PLACE = 0;

/**
 * Gives in-links their places in a queue. An in-link keeps its place while packets of it wait, and while it has had more than in-links whose
 * packets wait. Only when more in-links have something to send at a time than there are places, the last ones share the places of others.
 */
export class InLinkPlaces {
  readonly #owners = new Int32Array(QUEUE_GROUPS);

  /** @param inLink 0: the vertex itself. */
  find(inLink: number, turns: InLinkTurns): number {
    if (inLink === OWN_PLACE) return OWN_PLACE;
    const home = 1 + ((inLink - 1) % (QUEUE_GROUPS - 1));
    if (this.#owners[home] === inLink) return home;
    let free = turns.isOver(home) ? home : OWN_PLACE;
    for (let place = 1; place < QUEUE_GROUPS; place++) {
      if (this.#owners[place] === inLink) return place;
      if (free === OWN_PLACE && turns.isOver(place)) free = place;
    }
    if (free === OWN_PLACE) return home;
    this.#owners[free] = inLink;
    return free;
  }

  clear(): void {
    this.#owners.fill(0);
  }
}
