import type { FlorioPort } from "@florenetes/florio";
import type { Instance } from "@florenetes/instances";
import { LOG_LINES_OF_STATES_AT_ONCE, createRateLimitedLog, type Logger } from "@florenetes/process-kit";
import type { PortalStatus } from "./connection-status.ts";
import { type ConnectionConfig, type ConnectionHandlers, LinkPortal } from "./link-portal.ts";
import { Links } from "./links.ts";

export interface ConnectionOptions {
  readonly config: ConnectionConfig;
  readonly instance: Instance;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly handlers: ConnectionHandlers;
  /** `nextTimeout` may be another than before. Not called before `join`. */
  readonly onActivity: () => void;
}

/**
 * Makes and keeps the links: for every configured link it tells the link vertex behind its portal what is wanted, for as long
 * as this vertex runs. It knows nothing of the link protocol, and performs no I/O: `openConnection` (drivers/) gives it sockets and
 * a timer.
 */
export class ConnectionService {
  readonly links: Links;
  /** The portals in the order of the config. Each takes what its FlorIO port hears. */
  readonly portals: readonly LinkPortal[];

  constructor(options: ConnectionOptions) {
    const { config, now } = options;
    const links = new Links(config.links, config.portals.length, now());
    const log = createRateLimitedLog(options.log, { burst: LOG_LINES_OF_STATES_AT_ONCE, now });
    this.links = links;
    this.portals = config.portals.map((_, index) => new LinkPortal({ ...options, index, links, log }));
  }

  /** Takes one FlorIO port for each portal. From here on the links are wanted. */
  join(ports: readonly FlorioPort[]): void {
    this.links.join(ports);
    this.portals.forEach((portal, index) => portal.join(ports[index]!));
  }

  /** The name of this vertex's principal, as a link vertex gave it; undefined before the first portal was attached. */
  get principal(): string | undefined {
    return this.portals.find(({ principal }) => principal !== undefined)?.principal;
  }

  status(): PortalStatus[] {
    return this.portals.map((portal) => portal.status());
  }

  handleTimeout(now: number): void {
    for (const portal of this.portals) portal.handleTimeout(now);
  }

  /** When `handleTimeout` wants to be called; `Infinity`: never. */
  nextTimeout(): number {
    return this.portals.reduce((next, portal) => Math.min(next, portal.nextTimeout()), Infinity);
  }

  /** Takes leave of the link vertices, by what their ports take at once, and is done. */
  close(): void {
    for (const portal of this.portals) portal.close();
  }
}
