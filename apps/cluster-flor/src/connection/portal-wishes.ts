import type { Pins } from "@florenetes/identity";
import type { PortalClient } from "@florenetes/portal-api";
import type { LinkConfig } from "../config/cluster-config.ts";
import type { RunningConfig } from "../config/running-config.ts";
import { SlotMap, type Slots } from "../config/slot-map.ts";
import { pinsOfLinks } from "../config/vertex-pins.ts";
import { Dialling } from "./dialling.ts";

/** The most datagrams to an endpoint that the overlay has named, and at which nobody was found yet: a list of endpoints turns no fleet on a victim. */
const UNANSWERED_MAX = 3;

/** The wishes that one portal is asked for: its links of the config, each at the endpoint that is its turn, with the keys that bind its peer. */
export class PortalWishes {
  readonly #client: Pick<PortalClient, "openLink" | "closeLink">;
  readonly #portal: number;
  readonly #dialling = new Dialling();
  #links: Slots<LinkConfig> = new SlotMap();
  #pins: Pins | undefined;
  /** Endpoints at which peers of the overlay were found since this process began. */
  readonly #found = new Map<number, string>();

  /** @param portal Its number in the config */
  constructor(client: Pick<PortalClient, "openLink" | "closeLink">, portal: number) {
    this.#client = client;
    this.#portal = portal;
  }

  /** Asks for the links of a config, in which those that stay have the numbers that they had. */
  take({ links, pins }: Pick<RunningConfig, "links" | "pins">, now: number): void {
    const own = new SlotMap([...links].filter(([, { portal }]) => portal === this.#portal));
    for (const { peer, tag } of this.#links.values()) {
      const isWanted = [...own.values()].some((link) => link.peer === peer && link.tag === tag);
      if (!isWanted) this.#client.closeLink({ peer, tag }, now);
    }
    this.#links = own;
    for (const [link, endpoint] of this.#found) if (own.get(link)?.endpoint !== endpoint) this.#found.delete(link);
    this.#dialling.reconfigure(own);
    this.#pins = pinsOfLinks(pins, links.values());
    for (const link of own.keys()) this.#ask(link, now);
  }

  /** The link of that number, of those that were asked for. */
  get(link: number): LinkConfig {
    return this.#links.get(link)!;
  }

  /** The endpoint at which a link is called; undefined: at none. */
  endpointOf(link: number): string | undefined {
    return this.#dialling.endpointOf(link) ?? this.#links.get(link)?.endpoint;
  }

  /** The peer of a link was found where it was called: it is called there as often as need be from now on. */
  handleUp(link: number, now: number): void {
    const { isUnproven, endpoint } = this.get(link);
    if (isUnproven !== true || endpoint === undefined || this.#found.get(link) === endpoint) return;
    this.#found.set(link, endpoint);
    this.#ask(link, now);
  }

  /** Asks for each link that has several endpoints at the next one, where nobody has answered at the present one. */
  turn(isTrying: (link: number) => boolean, now: number): void {
    for (const link of this.#dialling.turn(isTrying, now)) this.#ask(link, now);
  }

  /** When `turn` wants to be called; Infinity: never. */
  nextTimeout(): number {
    return this.#dialling.nextTimeout();
  }

  #ask(link: number, now: number): void {
    const { role, peer, tag, rate, isUnproven } = this.get(link);
    const endpoint = this.endpointOf(link) ?? "";
    const pins = this.#pins?.get(`vertex/${peer}`);
    const unansweredMax = isUnproven === true && this.#found.get(link) !== endpoint ? UNANSWERED_MAX : undefined;
    this.#client.openLink({ role, peer, tag, endpoint, rate, pins, unansweredMax }, now);
  }
}
