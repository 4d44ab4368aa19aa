import {
  FRAME_VERSION,
  type FlorioHandlers,
  type FlorioPort,
  openFlorioPort,
  packetBytes,
  packetCount,
} from "@florenetes/florio";
import { type Instance, PortalClient, type PortalClientEvent, PortalCode } from "@florenetes/portal-api";
import { createRateLimitedLog, type EventFields, type Logger, type RateLimitedLog } from "@florenetes/process-kit";
import type { PortalStatus } from "../admin/cluster-status.ts";
import type { ClusterConfig, PortalConfig } from "../config/cluster-config.ts";
import { LINK_NONE } from "../forwarding/interfaces.ts";
import { Links } from "./links.ts";
import { PortalDriver } from "./drivers/portal-driver.ts";

/** What the other rooms want to hear. All are called from the event loop, never from inside a call to the service. */
export interface ConnectionHandlers {
  /** A FlorIO DATA frame came in over a link; it is the handler's to edit and to send on. */
  onFrame(link: number, frame: Uint8Array): void;
  onLinkUp(link: number): void;
  /** What it carries or prefers is another than before; 0 when it is down. */
  onLinkSize(link: number): void;
  onLinkWritable(link: number): void;
}

interface Portal {
  readonly config: PortalConfig;
  readonly port: FlorioPort;
  readonly driver: PortalDriver;
  state: PortalStatus["state"];
  code: string;
  text: string;
  since: number;
  framesOfUnknownLink: number;
}

/** Lines of one event of a link, or of a portal, that may come at once. */
const linesAtOnce = 20;

/**
 * Makes and keeps the links: for every configured link it tells the link vertex behind its portal what is wanted, for as long
 * as this vertex runs. It knows nothing of the link protocol.
 */
export class ConnectionService {
  readonly links: Links;
  /** The name of this vertex's principal, as a link vertex gave it; undefined before the first portal was attached. */
  principal: string | undefined;
  readonly #config: ClusterConfig;
  readonly #log: RateLimitedLog;
  readonly #now: () => number;
  readonly #handlers: ConnectionHandlers;
  readonly #portals: Portal[] = [];
  /** Of each link, whose other end can come and go as often as it likes. Of a shared one, many links would have few lines. */

  /** @throws FlorioError when a socket of ours cannot be bound; then none is left behind. */
  constructor(options: {
    readonly config: ClusterConfig;
    readonly instance: Instance;
    readonly log: Logger;
    readonly now: () => number;
    readonly handlers: ConnectionHandlers;
  }) {
    this.#config = options.config;
    this.#now = options.now;
    this.#handlers = options.handlers;
    const { log, now } = options;
    this.#log = createRateLimitedLog(log, { burst: linesAtOnce, now });
    const ports: FlorioPort[] = [];
    try {
      options.config.portals.forEach((portal, index) => {
        this.#portals.push(this.#openPortal(portal, index, options.instance));
        ports.push(this.#portals[index]!.port);
      });
    } catch (error) {
      this.close();
      throw error;
    }
    this.links = new Links(options.config.links, ports, this.#now());
    this.#portals.forEach(({ driver }, index) => this.#wishForLinks(driver, index));
  }

  portals(): PortalStatus[] {
    const now = this.#now();
    return this.#portals.map(({ config, port, state, code, text, since, framesOfUnknownLink }) => ({
      name: config.name,
      bind: config.bind,
      connect: config.connect,
      state,
      code,
      text: state === "waiting" && port.waitingFor !== "" ? port.waitingFor : text,
      sinceMs: Math.round(now - since),
      florio: { ...port.counters, framesDroppedUnknownLink: framesOfUnknownLink },
    }));
  }

  close(): void {
    for (const { driver, port } of this.#portals) {
      driver.update((client, now) => client.detach(now));
      driver.close();
      port.close();
    }
  }

  #openPortal(config: PortalConfig, index: number, instance: Instance): Portal {
    const { cluster, vertex } = this.#config;
    const handlers: FlorioHandlers = {
      onData: (handle, frame) => this.#handleFrame(index, handle, frame),
      onControl: (message) => this.#portals[index]!.driver.handleControl(message),
      onConnected: () => {
        const portal = this.#portals[index]!;
        if (portal.state === "waiting")
          this.#enter(index, "waiting", "", "the link vertex has not answered Attach yet");
        portal.driver.handleConnected();
      },
      onDisconnected: () => {
        const portal = this.#portals[index]!;
        if (portal.state !== "attached")
          this.#enter(index, "waiting", PortalCode.portalGone, "the link vertex has gone");
        portal.driver.handleDisconnected();
      },
      onForeignVersion: (version) => this.#handleForeignVersion(index, version),
      onWritable: () => this.links.linksOfPortal(index).forEach((link) => this.#handlers.onLinkWritable(link)),
    };
    const port = openFlorioPort({ bind: config.bind, connect: config.connect, handlers });
    const driver = new PortalDriver({
      client: new PortalClient({ cluster, vertex, instance }),
      port,
      now: this.#now,
      onEvent: (event) => this.#handleEvent(index, event),
    });
    const text = "the link vertex has not answered yet";
    return { config, port, driver, state: "waiting", code: "", text, since: this.#now(), framesOfUnknownLink: 0 };
  }

  #wishForLinks(driver: PortalDriver, portal: number): void {
    driver.update((client, now) => {
      for (const { role, peer, tag, endpoint, portal: ofPortal } of this.#config.links) {
        if (ofPortal === portal) client.openLink({ role, peer, tag, endpoint: endpoint ?? "" }, now);
      }
    });
  }

  #handleFrame(portal: number, handle: number, frame: Uint8Array): void {
    const link = this.links.linkOfHandle(portal, handle);
    if (link === LINK_NONE) {
      this.#portals[portal]!.framesOfUnknownLink += 1;
      return;
    }
    const packets = packetCount(frame);
    this.links.countReceived(link, packets, packetBytes(frame, packets));
    this.#handlers.onFrame(link, frame);
  }

  #handleForeignVersion(index: number, version: number): void {
    const portal = this.#portals[index]!;
    if (portal.state === "attached" || portal.code === "FLORIO_VERSION") return;
    const text = `the link vertex speaks version ${version} of FlorIO, not ${FRAME_VERSION}: bring both programs to the same version`;
    this.#enter(index, "refused", "FLORIO_VERSION", text);
    this.#logPortal("error", index, { code: "PORTAL_REFUSED", reason: portal.code }, text);
  }

  #handleEvent(index: number, event: PortalClientEvent): void {
    switch (event.kind) {
      case "attached":
        this.principal = event.principal;
        this.#enter(index, "attached", "", "");
        this.#logPortal(
          "info",
          index,
          { code: "PORTAL_ATTACHED", principal: event.principal },
          "attached to the link vertex",
        );
        return;
      case "refused":
        this.#enter(index, "refused", event.code, event.text);
        this.#logPortal("error", index, { code: "PORTAL_REFUSED", reason: event.code }, event.text);
        return;
      case "detached":
        this.#logPortal("warn", index, { code: "PORTAL_DETACHED", reason: event.code }, event.text);
        for (const link of this.links.handlePortalGone(index, this.#now())) {
          const { peer } = this.#config.links[link]!;
          this.#logLink("warn", link, { code: "LINK_DOWN", peer, reason: event.code }, event.text);
          this.#handlers.onLinkSize(link);
        }
        this.#enter(index, "waiting", event.code, event.text);
        return;
      case "link":
        this.#handleLink(index, event);
        return;
      case "stats":
        return;
    }
  }

  #handleLink(portal: number, { status }: Extract<PortalClientEvent, { kind: "link" }>): void {
    const { link, change, isResized } = this.links.handleStatus(portal, status, this.#now());
    if (link === LINK_NONE) return;
    if (isResized) this.#handlers.onLinkSize(link);
    const { code, mtu, peer, text } = status;
    if (change === "up") {
      this.#logLink("info", link, { code: "LINK_UP", peer, mtu }, "link is up");
      this.#warnOfSharedHandle(link, status.handle);
      this.#handlers.onLinkUp(link);
    } else if (change === "failed") {
      this.#logLink("info", link, { code: "LINK_NOT_UP", peer, reason: code }, text || "link does not come up");
    } else if (change === "down") {
      this.#logLink("warn", link, { code: "LINK_DOWN", peer, reason: code }, text || "link is down");
    } else if (change === "refused") {
      // Which of two nodes is ready first is nobody's mistake.
      const level = code === "NOT_WANTED" ? "info" : "warn";
      this.#logLink(level, link, { code: "LINK_REFUSED", peer, reason: code }, text || "link is refused");
    } else if (change === "writable") {
      this.#handlers.onLinkWritable(link);
    }
  }

  #logLink(level: keyof RateLimitedLog, link: number, { code, ...event }: EventFields, text: string): void {
    const { name } = this.#config.links[link]!;
    this.#log[level]({ code, link: name, ...event }, text, `link ${name}`);
  }

  /** A link vertex, too, can come and go as often as it likes. */
  #logPortal(level: keyof RateLimitedLog, index: number, { code, ...event }: EventFields, text: string): void {
    const { name } = this.#portals[index]!.config;
    this.#log[level]({ code, portal: name, ...event }, text, `portal ${name}`);
  }

  #warnOfSharedHandle(link: number, handle: number): void {
    const other = this.links.sharingHandle(link);
    if (other === LINK_NONE) return;
    const text = "the link vertex gave two links the same handle: what comes in is taken for the newer one's";
    const event = { code: "LINK_HANDLE_SHARED", other: this.#config.links[other]!.name, handle };
    this.#logLink("error", link, event, text);
  }

  #enter(index: number, state: Portal["state"], code: string, text: string): void {
    const portal = this.#portals[index]!;
    if (portal.state !== state) portal.since = this.#now();
    portal.state = state;
    portal.code = code;
    portal.text = text;
    this.links.explainWaiting(index, code, state === "attached" ? "the link vertex has told nothing of it yet" : text);
  }
}
