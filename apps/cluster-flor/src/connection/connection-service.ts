import type { Instance } from "@florenetes/wire-values";
import type { PeerJudge, VertexSignature } from "@florenetes/portal-api";
import {
  createRateLimitedLog,
  LOG_LINES_OF_STATES_AT_ONCE,
  type Logger,
  type RateLimitedLog,
} from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import { SlotMap, type Slots } from "../config/slot-map.ts";
import type { OfferedTable } from "../forwarding/offered-table.ts";
import type { PortalStatus } from "./connection-status.ts";
import type { LinkPlane } from "./link-plane.ts";
import { type ConnectionConfig, type ConnectionHandlers, LinkPortal } from "./link-portal.ts";
import { Links } from "./links.ts";

export interface ConnectionOptions {
  readonly config: ConnectionConfig;
  readonly instance: Instance;
  readonly log: Logger;
  readonly time: ProcessTime;
  readonly handlers: ConnectionHandlers;
  /** Opens the FlorIO ports, and carries packets of links over them. */
  readonly plane: LinkPlane;
  /** Judges peers for link vertices that ask; undefined: no peer is judged here. */
  readonly judge?: PeerJudge | undefined;
  /** The label table that the link vertex of each portal is offered; a portal without a table is offered none. */
  readonly offered?: Slots<OfferedTable>;
}

/**
 * Makes and keeps the links: for every configured link it tells the link vertex behind its portal what is wanted, for as long
 * as this vertex runs. It knows nothing of the link protocol, and performs no I/O: its ports and the time are handed in.
 */
export class ConnectionService {
  readonly links: Links;
  readonly #options: ConnectionOptions;
  readonly #log: RateLimitedLog;
  readonly #portals = new SlotMap<LinkPortal>();
  readonly #now: () => number;
  readonly #timer: WakeUpTimer;

  /** Opens the ports; from here on the links are wanted. */
  constructor(options: ConnectionOptions) {
    const { config, time, offered } = options;
    const { now, wakeUps } = time;
    this.#options = options;
    this.#log = createRateLimitedLog(options.log, { burst: LOG_LINES_OF_STATES_AT_ONCE, now });
    this.#now = now;
    // A process that was itself stopped finds its deadlines passed: it reads what has come meanwhile before it judges.
    this.#timer = wakeUps.timer(() => wakeUps.soon(() => this.#handleTimeout()));
    this.links = new Links(config.links, now(), options.plane);
    this.#addPortals(config, offered ?? new SlotMap());
  }

  /**
   * Takes the portals and links of another config, in which those that stay have the numbers that they had. Unchanged ones run on.
   *
   * @param offered As in the options; a link vertex that was offered a table is offered one again.
   * @returns the links that were up, and are gone
   */
  reconfigure(config: ConnectionConfig, offered: Slots<OfferedTable>): number[] {
    const lost = this.links.reconfigure(config.links, this.#now());
    for (const [number, portal] of this.#portals) {
      portal.reconfigure(config, offered.get(number));
      if (config.portals.has(number)) continue;
      portal.close();
      this.links.setPort(number, undefined);
      this.#portals.delete(number);
    }
    this.#addPortals(config, offered);
    this.#setTimer();
    return lost;
  }

  /** The judge's verdicts may have changed: tells the link vertices. */
  handleJudgeNews(): void {
    for (const portal of this.#portals.values()) portal.handleJudgeNews();
  }

  /**
   * Asks the link vertex of a portal for a signature in this vertex's name, or another one if that one signs nothing. `onSigned` gets undefined
   * if there will be no signature, perhaps within this call.
   */
  sign(portal: number, content: Uint8Array, onSigned: (signed: VertexSignature | undefined) => void): void {
    const signing = this.#signingPortal(portal);
    if (signing === undefined) onSigned(undefined);
    else signing.sign(content, onSigned);
  }

  /** Whether all links of all portals are up and quiet. */
  get isQuiet(): boolean {
    return [...this.#portals.values()].every((portal) => portal.isQuiet);
  }

  /** The certificate chain of the last signature that was made for that portal; undefined: none was made. */
  signingChain(portal: number): readonly Uint8Array[] | undefined {
    return this.#signingPortal(portal)?.signer.chain;
  }

  /** The endpoint at which a link is called; undefined: its peer calls. */
  endpointOf(link: number): string | undefined {
    for (const portal of this.#portals.values()) {
      const endpoint = portal.endpointOf(link);
      if (endpoint !== undefined) return endpoint;
    }
    return undefined;
  }

  #signingPortal(portal: number): LinkPortal | undefined {
    const own = this.#portals.get(portal);
    if (own?.signer.isOffered === true) return own;
    return [...this.#portals.values()].find(({ signer }) => signer.isOffered);
  }

  /** The portals by their numbers in the config. */
  get portals(): Slots<LinkPortal> {
    return this.#portals;
  }

  /** The name of this vertex's principal, as a link vertex gave it; undefined before the first portal was attached. */
  get principal(): string | undefined {
    for (const { principal } of this.#portals.values()) if (principal !== undefined) return principal;
    return undefined;
  }

  /** @param framesOfUnknownLink Frames of each portal that the data thread has dropped because their handles name no link. */
  status(framesOfUnknownLink: ReadonlyMap<number, number> = new Map()): PortalStatus[] {
    return [...this.#portals].map(([number, portal]) => portal.status(framesOfUnknownLink.get(number)));
  }

  /** Detaches from the link vertices, as far as their ports take the message at once, and closes the ports. */
  close(): void {
    for (const portal of this.#portals.values()) portal.close();
    this.#timer.close();
  }

  #addPortals(config: ConnectionConfig, offered: Slots<OfferedTable>): void {
    const own = { config, now: this.#now, links: this.links, log: this.#log, onActivity: () => this.#setTimer() };
    for (const number of config.portals.keys()) {
      if (this.#portals.has(number)) continue;
      const offer = offered.get(number);
      const portal = new LinkPortal({ ...this.#options, ...own, number, offered: offer });
      this.#portals.set(number, portal);
      portal.open();
    }
  }

  #handleTimeout(): void {
    const now = this.#now();
    for (const portal of this.#portals.values()) portal.handleTimeout(now);
  }

  #setTimer(): void {
    let next = Infinity;
    for (const portal of this.#portals.values()) next = Math.min(next, portal.nextTimeout());
    this.#timer.set(next);
  }
}
