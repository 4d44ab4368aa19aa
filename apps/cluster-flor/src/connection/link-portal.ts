import {
  FRAME_VERSION,
  type FlorioError,
  type FlorioHandlers,
  newFlorioCounters,
  packetBytes,
  packetCount,
  type PortHeartbeats,
} from "@florenetes/florio";
import type { Instance } from "@florenetes/wire-values";
import {
  type Knock,
  type LinkStatus,
  type PeerJudge,
  PortalClient,
  type PortalClientEvent,
  PortalCode,
  type TransitReport,
  type VertexSignature,
} from "@florenetes/portal-api";
import type { RateLimitedLog } from "@florenetes/process-kit";
import type { PortalStatus } from "./connection-status.ts";
import type { PortalConfig } from "../config/cluster-config.ts";
import type { RunningConfig } from "../config/running-config.ts";
import { LINK_NONE } from "../forwarding/interfaces.ts";
import type { OfferedTable } from "../forwarding/offered-table.ts";
import type { LinkPlane } from "./link-plane.ts";
import type { Links } from "./links.ts";
import { PortalLog } from "./portal-log.ts";
import { PortalOffer } from "./portal-offer.ts";
import { PortalSocket } from "./portal-socket.ts";
import { PortalWishes } from "./portal-wishes.ts";

/** The other rooms, as this one calls them: from the event loop, never from inside a call to this room. */
export interface ConnectionHandlers {
  /** A FlorIO DATA frame came in over a link; the handler may edit it and send it on. */
  onFrame(link: number, frame: Uint8Array): void;
  /** @param endpoint That by which the link was made; undefined: the peer has called */
  onLinkUp(link: number, endpoint: string | undefined): void;
  /** The largest packet that the link carries, or prefers, has changed; both are 0 when the link is down. */
  onLinkSize(link: number): void;
  /** The peer of a link is seen at an address for the first time in the link's life, or at another one; or a link is refused with another code. */
  onLinkNews(): void;
  onLinkWritable(link: number): void;
  /** A vertex of the cluster has proven to the link vertex of a portal who it is, and wants a link that this vertex has not asked for. */
  onKnock(portal: number, knock: Knock): void;
  /** The link vertex of a portal reports what it has forwarded by itself. */
  onTransitReport(portal: number, instance: string, report: TransitReport): void;
}

/** The part of the config that this room reads. */
export type ConnectionConfig = Pick<
  RunningConfig,
  "cluster" | "vertex" | "linkProtocol" | "portals" | "links" | "pins"
>;

export interface LinkPortalOptions {
  readonly config: ConnectionConfig;
  /** The portal's number in the config. */
  readonly number: number;
  readonly instance: Instance;
  readonly links: Links;
  /** The rate of log lines is limited: neighbours and link vertices can come and go as often as they like. */
  readonly log: RateLimitedLog;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly handlers: ConnectionHandlers;
  readonly plane: Pick<LinkPlane, "openPort" | "isPortRepeating">;
  /** The label table that the link vertex is offered; undefined: none. */
  readonly offered: OfferedTable | undefined;
  /** Judges peers for the link vertex, if it asks; undefined: no peer is judged here. */
  readonly judge?: PeerJudge | undefined;
  /** `nextTimeout` may have changed. */
  readonly onActivity: () => void;
}

/**
 * The portal to one link vertex: desired links go there, states of links and packets come back. Its counterpart in the link
 * vertex is `ClusterPortal`.
 *
 *     link vertex ══ FlorIO ══ CONTROL ─▶ PortalClient ─▶ states ─▶ Links ─▶ ┐
 *                                 DATA ──────── frames ────────────────────▶ ├ ConnectionHandlers ══ forwarding, transport
 *
 * It performs no I/O of its own.
 */
export class LinkPortal implements FlorioHandlers {
  readonly #options: LinkPortalOptions;
  readonly #config: PortalConfig;
  readonly #client: PortalClient;
  readonly #wishes: PortalWishes;
  readonly #socket: PortalSocket;
  readonly #log: PortalLog;
  readonly #offer: PortalOffer;
  #principal: string | undefined;
  #linkProtocol: string | undefined;
  #state: PortalStatus["state"] = "waiting";
  #code = "";
  #text = "the link vertex has not answered yet";
  #since: number;
  #framesOfUnknownLink = 0;
  #isClosed = false;

  constructor(options: LinkPortalOptions) {
    const { cluster, vertex, linkProtocol, portals } = options.config;
    const { instance, plane, number, links, now, offered, judge } = options;
    this.#options = options;
    this.#config = portals.get(number)!;
    this.#log = new PortalLog(options.log, this.#config.name);
    this.#offer = new PortalOffer(offered, links, this.#log);
    this.#socket = new PortalSocket({
      open: () => plane.openPort(this.#config, this, number),
      now,
      onPort: (port) => {
        links.setPort(number, port);
        if (port !== undefined) this.#enter("waiting", "", "the link vertex has not answered yet");
      },
      onFailed: ({ code, message }) => {
        this.#enter("waiting", code, message);
        this.#log.portal("error", { code: "PORTAL_SOCKET_FAILED", reason: code }, message);
      },
    });
    const wanted = { cluster, vertex, linkProtocol, transit: this.#offer.transit, judge };
    this.#client = new PortalClient({ ...wanted, instance, isPortRepeating: plane.isPortRepeating });
    this.#wishes = new PortalWishes(this.#client, number);
    this.#since = options.now();
  }

  /** Opens the port, and asks for the links of the config. */
  open(): void {
    this.#socket.open();
    this.#wishes.take(this.#options.config, this.#options.now());
    this.#settle();
  }

  /**
   * Asks for the links of another config, in which the portal has the same number. Unchanged links run on undisturbed.
   *
   * @param offered The label table that the link vertex is offered from now on; undefined: it was never offered one, and is not now.
   */
  reconfigure(config: ConnectionConfig, offered: OfferedTable | undefined): void {
    const now = this.#options.now();
    this.#client.handleLinkProtocol(config.linkProtocol, now);
    this.#wishes.take(config, now);
    this.#offer.offer(offered);
    this.#client.handleTimeout(now);
    this.#settle();
  }

  /** The judge's verdicts may have changed. */
  handleJudgeNews(): void {
    this.#client.handleJudgeNews(this.#options.now());
    this.#settle();
  }

  /** Whether the link vertex signs in this vertex's name, and with which certificate chain it did so last. */
  get signer(): PortalClient["signer"] {
    return this.#client.signer;
  }

  /** Asks the link vertex for a signature. `onSigned` gets undefined if there will be none, perhaps within this call. */
  sign(content: Uint8Array, onSigned: (signed: VertexSignature | undefined) => void): void {
    this.#client.sign(content, onSigned, this.#options.now());
    this.#settle();
  }

  /** The name of this vertex's principal, as the link vertex gave it when it last attached us. */
  get principal(): string | undefined {
    return this.#principal;
  }

  status(carriedOfUnknownLink = 0): PortalStatus {
    const framesDroppedUnknownLink = this.#framesOfUnknownLink + carriedOfUnknownLink;
    const { name, bind, connect } = this.#config;
    const { counters = newFlorioCounters(), waitingFor = "" } = this.#socket.port ?? {};
    return {
      name,
      bind,
      connect,
      state: this.#state,
      code: this.#code,
      text: this.#state === "waiting" && waitingFor !== "" ? waitingFor : this.#text,
      sinceMs: Math.round(this.#options.now() - this.#since),
      linkProtocol: (this.#state === "attached" && this.#linkProtocol) || null,
      transit: this.#offer.isOffloaded ? "offloaded" : "here",
      florio: { ...counters, ...this.#client.counters, framesDroppedUnknownLink },
    };
  }

  /** Detaches from the link vertex, which keeps the links for a successor for 10 s, and closes the port. Nothing more is heard from it. */
  close(): void {
    this.#client.detach(this.#options.now());
    this.#settle();
    this.#isClosed = true;
    this.#socket.close();
  }

  /** The endpoint at which a link of the portal is called; undefined: at none. */
  endpointOf(link: number): string | undefined {
    return this.#wishes.endpointOf(link);
  }

  #turnEndpoints(): void {
    const { links, now } = this.#options;
    this.#wishes.turn((link) => links.isTrying(link), now());
  }

  // ── From the link vertex ────────────────────────────────────────────────────────────────────────────────────────────

  onData(handle: number, frame: Uint8Array): void {
    const { links, handlers, number } = this.#options;
    const link = links.linkOfHandle(number, handle);
    if (link === LINK_NONE) {
      this.#framesOfUnknownLink += 1;
      return;
    }
    const packets = packetCount(frame);
    links.countReceived(link, packets, packetBytes(frame, packets));
    handlers.onFrame(link, frame);
  }

  onControl(message: Uint8Array): void {
    this.#client.handleMessage(message, this.#options.now());
    this.#settle();
  }

  get isQuiet(): boolean {
    return this.#client.isQuiet;
  }

  onConnected(): void {
    this.#socket.handleConnected();
    if (this.#state === "waiting") this.#enter("waiting", "", "the link vertex has not answered Attach yet");
    this.#client.handleConnected(this.#options.now());
    this.#settle();
  }

  onDisconnected(): void {
    if (this.#state !== "attached") this.#enter("waiting", PortalCode.portalGone, "the link vertex has gone");
    this.#client.handleDisconnected(this.#options.now());
    this.#settle();
  }

  onDoubt(): void {
    this.#client.handleDoubt(this.#options.now());
    this.#settle();
  }

  onForeignVersion(version: number): void {
    if (this.#state === "attached" || this.#code === PortalCode.florioVersion) return;
    this.#refuse(
      PortalCode.florioVersion,
      `the link vertex speaks version ${version} of FlorIO, not ${FRAME_VERSION}: bring both programs to the same version`,
    );
  }

  onOpenFailed(error: FlorioError): void {
    if (!this.#isClosed) this.#socket.handleFailed(error);
    this.#options.onActivity();
  }

  onWritable(): void {
    const { links, handlers, number } = this.#options;
    for (const link of links.linksOfPortal(number)) handlers.onLinkWritable(link);
  }

  // ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  handleTimeout(now: number): void {
    this.#socket.handleTimeout(now);
    this.#client.handleHeard(now - (this.#socket.port?.heartbeats?.heardMillisecondsAgo ?? Infinity));
    this.#client.handleTimeout(now);
    this.#turnEndpoints();
    this.#settle();
  }

  nextTimeout(): number {
    return this.#isClosed
      ? Infinity
      : Math.min(this.#client.nextTimeout(), this.#socket.nextTimeout(), this.#wishes.nextTimeout());
  }

  #settle(): void {
    if (this.#isClosed) return;
    for (let message = this.#client.pollTransmit(); message !== undefined; message = this.#client.pollTransmit()) {
      // A message that the port does not take is not lost: the client repeats every message that stays unanswered.
      this.#socket.port?.sendControl(message);
    }
    const heartbeats = this.#socket.port?.heartbeats;
    if (heartbeats !== undefined) this.#handOver(heartbeats);
    for (let event = this.#client.pollEvent(); event !== undefined; event = this.#client.pollEvent()) {
      this.#handleEvent(event);
    }
    this.#offer.look();
    this.#options.onActivity();
  }

  #handOver(heartbeats: PortHeartbeats): void {
    const heartbeat = this.#client.pollHeartbeat();
    if (heartbeat !== undefined) heartbeats.repeat(heartbeat.message, heartbeat.intervalMs);
    heartbeats.setKnown(this.#client.knownMessage);
  }

  #handleEvent(event: PortalClientEvent): void {
    switch (event.kind) {
      case "attached":
        this.#principal = event.principal;
        this.#linkProtocol = event.linkProtocol;
        this.#enter("attached", "", "");
        this.#log.portal(
          "info",
          { code: "PORTAL_ATTACHED", principal: event.principal },
          "attached to the link vertex",
        );
        break;
      case "refused":
        this.#refuse(
          event.code,
          event.code === PortalCode.wrongLinkProtocol ? `${event.text} (carriers: quic-only)` : event.text,
        );
        break;
      case "detached":
        this.#handleDetached(event.code, event.text);
        break;
      case "link":
        this.#handleLink(event.status);
        break;
      case "stats":
        if (this.#options.links.handleStats(this.#options.number, event.stats, this.#options.now()))
          this.#options.handlers.onLinkNews();
        break;
      case "knock":
        this.#options.handlers.onKnock(this.#options.number, event.knock);
        break;
      case "transit-report":
        this.#offer.handleReport(event.instance.id, event.report);
        this.#options.handlers.onTransitReport(this.#options.number, event.instance.id, event.report);
        break;
    }
  }

  #refuse(code: string, text: string): void {
    this.#enter("refused", code, text);
    this.#log.portal("error", { code: "PORTAL_REFUSED", reason: code }, text);
  }

  #handleDetached(reason: string, text: string): void {
    const { links, handlers, now, number } = this.#options;
    this.#log.portal("warn", { code: "PORTAL_DETACHED", reason }, text);
    for (const link of links.handlePortalGone(number, now())) {
      this.#log.link("warn", this.#wishes.get(link), "is down", { code: "LINK_DOWN", reason }, text);
      handlers.onLinkSize(link);
    }
    this.#enter("waiting", reason, text);
  }

  #handleLink(status: LinkStatus): void {
    const { links, handlers, now, number } = this.#options;
    const { link, change, isResized } = links.handleStatus(number, status, now());
    if (link === LINK_NONE) return;
    this.#turnEndpoints();
    if (isResized) handlers.onLinkSize(link);
    this.#log.change(this.#wishes.get(link), change, status);
    if (change === "up") {
      this.#warnOfSharedHandle(link, status.handle);
      this.#wishes.handleUp(link, now());
      handlers.onLinkUp(link, this.#wishes.endpointOf(link));
    } else if (change === "refused") {
      handlers.onLinkNews();
    } else if (change === "writable") {
      handlers.onLinkWritable(link);
    }
  }

  #warnOfSharedHandle(link: number, handle: number): void {
    const { links } = this.#options;
    const other = links.sharingHandle(link);
    if (other === LINK_NONE) return;
    const { name } = this.#wishes.get(other);
    const text = "what comes in is taken for the newer one's";
    const event = { code: "LINK_HANDLE_SHARED", other: name, handle };
    this.#log.link("error", this.#wishes.get(link), `has got the handle of link ${name}`, event, text);
  }

  #enter(state: PortalStatus["state"], code: string, text: string): void {
    const { links, now, number } = this.#options;
    if (this.#state !== state) this.#since = now();
    this.#state = state;
    this.#code = code;
    this.#text = text;
    links.explainWaiting(number, code, state === "attached" ? "the link vertex has told nothing of it yet" : text);
  }
}
