import type { FlorioHandlers, FlorioPort } from "@florenetes/florio";
import type { Instance } from "@florenetes/instances";
import { createRateLimitedLog, LOG_LINES_OF_STATES_AT_ONCE, type Logger } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/timing";
import type { PortalConfig } from "../config/cluster-config.ts";
import type { OfferedTable } from "../forwarding/offered-table.ts";
import type { PortalStatus } from "./connection-status.ts";
import { type ConnectionConfig, type ConnectionHandlers, LinkPortal } from "./link-portal.ts";
import { type LinkCarrier, Links } from "./links.ts";

export interface ConnectionOptions {
  readonly config: ConnectionConfig;
  readonly instance: Instance;
  readonly log: Logger;
  readonly time: ProcessTime;
  readonly handlers: ConnectionHandlers;
  readonly openPort: OpenPort;
  /** Carries packets of links in the place of this thread. */
  readonly carrier?: LinkCarrier | undefined;
  /** The label table that the link vertex of each portal is offered; where there is none, it is offered nothing. */
  readonly offered?: readonly (OfferedTable | undefined)[];
}

/** Opens the FlorIO port of a portal. @throws FlorioError when its socket cannot be bound */
export type OpenPort = (portal: PortalConfig, handlers: FlorioHandlers) => FlorioPort;

/**
 * Makes and keeps the links: for every configured link it tells the link vertex behind its portal what is wanted, for as long
 * as this vertex runs. It knows nothing of the link protocol, and performs no I/O: its ports and the time are handed in.
 */
export class ConnectionService {
  readonly links: Links;
  /** The portals in the order of the config. */
  readonly portals: readonly LinkPortal[];
  readonly #now: () => number;
  readonly #timer: WakeUpTimer;
  readonly #ports: DisposableStack;

  /** Opens the ports; from here on the links are wanted. @throws FlorioError; then no port is left behind */
  constructor(options: ConnectionOptions) {
    const { config, time, openPort } = options;
    const { now, wakeUps } = time;
    const log = createRateLimitedLog(options.log, { burst: LOG_LINES_OF_STATES_AT_ONCE, now });
    this.#now = now;
    // A process that was itself stopped finds its deadlines passed: it reads what has come meanwhile before it judges.
    this.#timer = wakeUps.timer(() => wakeUps.soon(() => this.#handleTimeout()));
    this.links = new Links(config.links, config.portals.length, now(), options.carrier);
    // Whoever carries packets has the ports, too.
    const isPortRepeating = options.carrier !== undefined;
    const common = { ...options, now, links: this.links, log, isPortRepeating, onActivity: () => this.#setTimer() };
    this.portals = config.portals.map(
      (_, index) => new LinkPortal({ ...common, index, offered: options.offered?.[index] }),
    );
    using opening = new DisposableStack();
    const ports = this.portals.map((portal, index) => {
      return opening.adopt(openPort(config.portals[index]!, portal), (port) => port.close());
    });
    this.links.join(ports);
    this.portals.forEach((portal, index) => portal.join(ports[index]!));
    this.#ports = opening.move();
  }

  /** The name of this vertex's principal, as a link vertex gave it; undefined before the first portal was attached. */
  get principal(): string | undefined {
    return this.portals.find(({ principal }) => principal !== undefined)?.principal;
  }

  /** @param framesOfUnknownLink Frames of each portal that the data thread has thrown away, as their handles name no link. */
  status(framesOfUnknownLink: readonly number[] = []): PortalStatus[] {
    return this.portals.map((portal, index) => portal.status(framesOfUnknownLink[index]));
  }

  /** Takes leave of the link vertices, by what their ports take at once, and lets go of the ports. */
  close(): void {
    for (const portal of this.portals) portal.close();
    this.#timer.close();
    this.#ports.dispose();
  }

  #handleTimeout(): void {
    const now = this.#now();
    for (const portal of this.portals) portal.handleTimeout(now);
  }

  #setTimer(): void {
    this.#timer.set(this.portals.reduce((next, portal) => Math.min(next, portal.nextTimeout()), Infinity));
  }
}
