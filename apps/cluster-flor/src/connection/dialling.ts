import type { LinkConfig } from "../config/cluster-config.ts";
import { SlotMap, type Slots } from "../config/slot-map.ts";

/** How long one endpoint of a link is called before the next one is. */
export const DIAL_MS = 3_000;

interface Dial {
  readonly endpoints: readonly string[];
  at: number;
  /** Whether the present endpoint is called in vain, and since when. */
  isTrying: boolean;
  since: number;
}

/**
 * The endpoints of links that have several: one is called after the other until one answers, and a link that is up stays where it is. A link vertex knows one
 * endpoint of a link at a time. Pure: the time is an argument.
 */
export class Dialling {
  readonly #dials = new SlotMap<Dial>();

  /** Takes the links of another config: one that goes on stays with its endpoint, as long as it still has that. */
  reconfigure(links: Slots<LinkConfig>): void {
    for (const link of this.#dials.keys()) if (!links.has(link)) this.#dials.delete(link);
    for (const [link, { endpoints = [] }] of links) {
      const former = this.#dials.get(link);
      if (endpoints.length < 2) {
        this.#dials.delete(link);
        continue;
      }
      const at = former === undefined ? -1 : endpoints.indexOf(former.endpoints[former.at]!);
      const known = former !== undefined && at >= 0 ? { ...former, at } : { at: 0, isTrying: false, since: 0 };
      this.#dials.set(link, { ...known, endpoints });
    }
  }

  /** The endpoint that a link calls now; undefined: it has no choice. */
  endpointOf(link: number): string | undefined {
    const dial = this.#dials.get(link);
    return dial?.endpoints[dial.at];
  }

  /** Looks which links call in vain, and returns those that are to call at their next endpoint from now on. */
  turn(isTrying: (link: number) => boolean, now: number): number[] {
    const turned: number[] = [];
    for (const [link, dial] of this.#dials) {
      const isVain = isTrying(link);
      if (isVain !== dial.isTrying) Object.assign(dial, { isTrying: isVain, since: now });
      if (!isVain || now - dial.since < DIAL_MS) continue;
      dial.at = (dial.at + 1) % dial.endpoints.length;
      dial.since = now;
      turned.push(link);
    }
    return turned;
  }

  /** When `turn` wants to be called; Infinity: never. */
  nextTimeout(): number {
    let next = Infinity;
    for (const { isTrying, since } of this.#dials.values()) if (isTrying) next = Math.min(next, since + DIAL_MS);
    return next;
  }
}
