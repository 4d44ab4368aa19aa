import {
  FIRST_PACKET,
  FRAME_VERSION,
  type FlorioHandlers,
  frameSource,
  nextPacket,
  packetEnd,
} from "@florenetes/florio";
import { type OpenTransit, type Transit, LINK_NONE } from "@florenetes/forwarding";
import {
  ABANDONED_AFTER_MS,
  type Knock,
  keyText,
  LINKS_MAX,
  type LinkStatus,
  PortalCode,
  PortalServer,
  UNCLAIMED_AFTER_MS,
  type PortalServerEvent,
  type PortalServerOptions,
} from "@florenetes/portal-api";
import {
  LOG_LINE_OF_LINKS_MS,
  LOG_LINES_OF_LINKS_AT_ONCE,
  LOG_LINES_OF_STATES_AT_ONCE,
  createRateLimitedLog,
  type LinksUp,
  type Logger,
  type RateLimitedLog,
} from "@florenetes/process-kit";
import { nextRound, type ProcessTime, type WakeUpTimer } from "@florenetes/scheduling";
import type { PortHeartbeats } from "@florenetes/florio";
import type { PortalPort } from "../cluster-plane.ts";
import type { ClusterLinks, FailedOffer, LinkObserver } from "../link-protocol.ts";
import { Knocks } from "./knocks.ts";

/** The two sides that a portal joins. */
export interface PortalParts {
  readonly florio: PortalPort;
  readonly links: ClusterLinks;
}

interface PortalRefusal {
  /** A stable code. */
  readonly code: string;
  readonly text: string;
}

export interface ClusterPortalOptions extends Omit<PortalServerOptions, "transit"> {
  /** Makes the forwarder of packets that only pass through. */
  readonly openTransit: OpenTransit;
  readonly log: Logger;
  readonly time: ProcessTime;
}

/** An attached cluster vertex gets the figures of its links this often. */
const STATS_INTERVAL_MS = 1_000;
/** The interval while all links are quiet. */
const QUIET_STATS_INTERVAL_MS = 5_000;

/**
 * The portal of one cluster: wishes of the cluster vertex go to the link protocol; states of links, and packets, come back.
 *
 *     cluster vertex ══ FlorIO ══ CONTROL ─▶ PortalServer ─▶ wishes ─▶ ┐
 *                                    DATA ─────── packets ───────────▶ ├ ClusterLinks ══ neighbours
 *                                                 packets, states ◀─── ┤
 *                                                Transit ◀── packets ──┘   packets that only pass through go back
 *
 * The portal performs no I/O of its own: the time is handed in.
 */
export class ClusterPortal implements FlorioHandlers, LinkObserver {
  readonly server: PortalServer;
  /** Forwards packets that only pass through, once the cluster vertex has said how. */
  readonly transit: Transit;
  readonly knocks: Knocks = new Knocks();
  readonly #now: () => number;
  readonly #timer: WakeUpTimer;
  #parts: PortalParts | undefined;
  #state: "waiting" | "attached" = "waiting";
  /** The reason why the cluster vertex that is there is not served. */
  #refusal: PortalRefusal | undefined;
  #since: number;
  #statsAt = Infinity;
  /** When the cluster vertex that has attached has told its wishes. */
  #wishesAt = Infinity;
  /** A log with limited rates: neighbours and the cluster vertex can come and go as often as they like, and make up links. */
  readonly #log: RateLimitedLog;
  /** Takes the lines that strangers cause. */
  readonly #refusals: RateLimitedLog;
  /** The state of each wanted link that was logged last, by `keyText`. */
  readonly #logged = new Map<string, { readonly isUp: boolean; readonly text: string }>();

  constructor(options: ClusterPortalOptions) {
    const { log, time } = options;
    const { now } = time;
    this.#now = now;
    this.#timer = time.wakeUps.timer(() => this.#handleTimeout());
    this.transit = options.openTransit({
      packetSizeMax: options.linkMtuMax,
      now,
      send: (handle, packet, start, end, inLink) => this.#parts?.links.send(handle, packet, start, end, inLink),
      onNews: () => {
        this.server.handleTransitNews(now());
        this.#settle();
      },
    });
    this.server = new PortalServer({ ...options, transit: this.transit });
    const ofSources = { burst: LOG_LINES_OF_LINKS_AT_ONCE, intervalMs: LOG_LINE_OF_LINKS_MS };
    this.#log = createRateLimitedLog(log, { burst: LOG_LINES_OF_STATES_AT_ONCE, now, ofSources });
    this.#refusals = createRateLimitedLog(log, { now });
    this.#since = now();
  }

  /** Takes both sides, which are made after the portal since they call it, and acts on what FlorIO has told meanwhile. */
  join(parts: PortalParts): void {
    this.#parts = parts;
    if (this.#state === "waiting") parts.links.awaitWishes(true);
    this.#settle();
  }

  get state(): "waiting" | "attached" {
    return this.#state;
  }

  get refusal(): PortalRefusal | undefined {
    return this.#refusal;
  }

  /** The time at which the portal entered its present state. */
  get since(): number {
    return this.#since;
  }

  get isQuiet(): boolean {
    return this.server.isQuiet;
  }

  linksUp(): LinksUp {
    const states = [...this.#logged.values()];
    return { up: states.filter(({ isUp }) => isUp).length, wanted: states.length };
  }

  // ── From the cluster vertex ─────────────────────────────────────────────────────────────────────────────────────────

  onData(handle: number, frame: Uint8Array): void {
    const links = this.#parts?.links;
    if (links === undefined) return;
    const source = frameSource(frame);
    // Links in a label table have numbers up to LINKS_MAX: so sources and links each have shares of their own.
    const inLink = source === 0 ? LINK_NONE : LINKS_MAX + source;
    for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
      links.send(handle, frame, at, packetEnd(frame, at), inLink);
    }
    links.flush();
  }

  onControl(message: Uint8Array): void {
    this.server.handleMessage(message, this.#now());
    this.#settle();
  }

  onConnected(): void {
    this.server.handleConnected(this.#now());
    this.#settle();
  }

  onDoubt(): void {
    this.server.handleDoubt(this.#now());
    this.#settle();
  }

  onForeignVersion(version: number): void {
    if (this.#state === "attached") return;
    this.#refuse(
      PortalCode.florioVersion,
      `the cluster vertex speaks version ${version} of FlorIO, not ${FRAME_VERSION}: bring both programs to the same version`,
    );
  }

  onDisconnected(): void {
    this.#refusal = undefined;
    this.server.handleDisconnected(this.#now());
    this.#settle();
  }

  /** Packets for the cluster vertex cannot be held back: its port drops and counts what is too much. */
  onWritable(): void {}

  // ── From the link protocol ──────────────────────────────────────────────────────────────────────────────────────────

  onStatus(status: LinkStatus): void {
    this.#logStatus(status);
    this.transit.handleStatus(status);
    this.server.setLinkStatus(status, this.#now());
    this.#settle();
  }

  onOfferFailed({ from, peer, code, text }: FailedOffer): void {
    const fields = { code: "SESSION_REFUSED", from, peer, reason: code, text };
    this.#refusals.info(fields, `a session with ${peer || from} did not become a link: ${text || code}`, peer, code);
  }

  onKnock(knock: Knock): void {
    const now = this.#now();
    if (this.#state !== "attached" || !this.knocks.take(knock, now)) return;
    this.server.tellKnock(knock);
    this.#settle();
  }

  onPacket(handle: number, packet: Uint8Array, start: number, end: number): void {
    if (this.transit.handlePacket(handle, packet, start, end)) return;
    this.#parts?.florio.sendPacket(handle, packet, start, end);
  }

  onPacketsEnd(): void {
    this.transit.handleTurnEnd();
    this.#parts?.florio.flush();
  }

  // ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Stops the timer: from now on the portal acts only when it is called. */
  close(): void {
    this.#timer.close();
  }

  #handleTimeout(): void {
    const now = this.#now();
    if (now >= this.#statsAt) {
      this.#statsAt = nextRound(now, this.server.isQuiet ? QUIET_STATS_INTERVAL_MS : STATS_INTERVAL_MS);
      for (const stats of this.#parts?.links.stats() ?? []) this.server.setLinkStats(stats);
    }
    if (now >= this.#wishesAt) {
      this.#wishesAt = Infinity;
      this.#parts?.links.awaitWishes(false);
    }
    if (this.server.nextTimeout() <= now) {
      this.server.handleHeard(now - (this.#parts?.florio.heartbeats?.heardMillisecondsAgo ?? Infinity));
      this.server.handleTimeout(now);
    }
    this.#settle();
  }

  #settle(): void {
    const { server } = this;
    const parts = this.#parts;
    if (parts === undefined) return;
    for (let event = server.pollEvent(); event !== undefined; event = server.pollEvent()) {
      this.#handleEvent(parts.links, event);
    }
    for (let message = server.pollTransmit(); message !== undefined; message = server.pollTransmit()) {
      // The state machines repeat every message that stays unanswered, and so those that the port does not take.
      parts.florio.sendControl(message);
    }
    const { heartbeats } = parts.florio;
    if (heartbeats !== undefined) this.#handOver(heartbeats);
    this.#timer.set(Math.min(server.nextTimeout(), this.#statsAt, this.#wishesAt));
  }

  #handOver(heartbeats: PortHeartbeats): void {
    const heartbeat = this.server.pollHeartbeat();
    if (heartbeat !== undefined) heartbeats.repeat(heartbeat.message, heartbeat.intervalMs);
    heartbeats.setKnown(this.server.knownMessage);
  }

  #handleEvent(links: ClusterLinks, event: PortalServerEvent): void {
    const now = this.#now();
    switch (event.kind) {
      case "attached":
        this.#enter("attached", now);
        this.#wishesAt = now + UNCLAIMED_AFTER_MS;
        this.knocks.clear();
        this.#log.info({ code: "PORTAL_ATTACHED", instance: event.instance.id }, "a cluster vertex has attached");
        break;
      case "detached":
        this.#enter("waiting", now);
        this.#wishesAt = Infinity;
        this.#log.info(
          { code: "PORTAL_DETACHED", reason: event.code },
          `the cluster vertex is gone; its links are kept for ${ABANDONED_AFTER_MS / 1_000} s`,
          "",
          event.code,
        );
        break;
      case "refused":
        if (this.#state === "waiting") this.#refuse(event.code, event.text);
        break;
      case "open":
        links.want(event.wish);
        break;
      case "close":
        links.unwant(event.key, "closed");
        this.transit.handleClosed(event.key);
        this.#logged.delete(keyText(event.key));
        break;
      case "abandoned":
        this.#log.warn({ code: "PORTAL_ABANDONED" }, "no cluster vertex has come back: closing all links");
        links.unwantAll("vertexGone");
        this.#logged.clear();
        break;
    }
  }

  /** The cluster vertex asks again and again, so only a new reason is logged. */
  #refuse(code: string, text: string): void {
    if (this.#refusal?.code === code) return;
    this.#refusal = { code, text };
    this.#since = this.#now();
    this.#log.warn({ code: "PORTAL_REFUSED", reason: code }, text, "", code);
  }

  #enter(state: "waiting" | "attached", now: number): void {
    this.#parts?.links.awaitWishes(true);
    this.#refusal = undefined;
    this.#state = state;
    this.#since = now;
    this.#statsAt = state === "attached" ? nextRound(now, STATS_INTERVAL_MS) : Infinity;
  }

  /** Logs each state once; a queue that becomes full is no new state. A link that is lost, or refused for good, is a warning. */
  #logStatus({ peer, tag, state, handle, code, text, mtu }: LinkStatus): void {
    const key = keyText({ peer, tag });
    const last = `${state} ${handle} ${code}`;
    const former = this.#logged.get(key);
    if (former?.text === last) return;
    this.#logged.set(key, { isUp: state === "up", text: last });
    const fields = { code: `LINK_${state.toUpperCase()}`, peer, tag };
    const message = `link to ${tag === "0" ? peer : `${peer}/${tag}`} is ${state}`;
    if (state === "up") return this.#log.info({ ...fields, mtu }, message, key);
    // NOT_WANTED is no fault: the end that is ready first is refused by the other one for a moment.
    const isRefused = state === "refused" && code !== "NOT_WANTED";
    const level = former?.isUp === true || isRefused ? "warn" : "info";
    if (code === "") return this.#log[level](fields, message, key);
    this.#log[level]({ ...fields, reason: code, text }, `${message}: ${text === "" ? code : text}`, key, code);
  }
}
