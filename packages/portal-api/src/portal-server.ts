import assert from "node:assert";
import type { Instance } from "@florenetes/wire-values";
import { nextRound } from "@florenetes/scheduling";
import { HeartbeatPace, silentAfter } from "./heartbeat-pace.ts";
import { chooseVersion, featuresOf, isLate, reasonToRefuse } from "./attach-judgement.ts";
import { PortalCode } from "./codes.ts";
import {
  ABANDONED_AFTER_MS,
  HEARTBEAT_INTERVAL_MS,
  LINKS_MAX,
  QUIET_HEARTBEAT_INTERVAL_MS,
  TRANSIT_REPORT_INTERVAL_MS,
  UNCLAIMED_AFTER_MS,
} from "./limits.ts";
import type { Knock, LinkKey, LinkStats, LinkStatus, LinkWish } from "./link.ts";
import { LinkTable } from "./link-table.ts";
import { decodeMessage, encodeMessage, type PortalBody, type PortalCounters, type PortalMessage } from "./messages.ts";
import { PatientDeadline } from "./patient-deadline.ts";
import type { DetachCode, PortalServerEvent } from "./portal-server-events.ts";
import type { PortalServerOptions } from "./portal-server-options.ts";
import { type PacedHeartbeat, RepeatedHeartbeat } from "./repeated-heartbeat.ts";
import { Signing } from "./signing.ts";
import { StateTeller } from "./state-teller.ts";
import { StatsTeller } from "./stats-teller.ts";

/** The time for which a cluster vertex is attached. */
interface Attachment {
  readonly instance: Instance;
  readonly requestId: number;
  readonly states: StateTeller;
  /** The newest of the cluster vertex. */
  heartbeat?: Uint8Array;
  /** The cluster vertex's next heartbeat comes within so many milliseconds; undefined: it does not tell, and must not be kept waiting. */
  intervalMs?: number | undefined;
}

/**
 * The link vertex's side of the Portal API, for one cluster. It performs no I/O: after every call, drain `pollTransmit` into
 * CONTROL frames, drain `pollEvent`, and arm one timer for `nextTimeout`. A message that could not be sent may be dropped.
 *
 *                  Attach                       Detach, silence, gone            10 s
 *     ┌──────────┐ ───────▶ ┌──────────────────┐ ─────────────────▶ ┌──────────┐ ─────▶ abandoned:
 *     │ detached │          │ attached, number  │                    │ detached │        the table is empty
 *     └──────────┘          └──────────────────┘ ◀───────────────── └──────────┘
 *                             Attach of a newer instance: a new        Attach: links that are asked for again within
 *                             number, at once                          3 s are adopted as they are, the others closed
 *
 * Times are milliseconds of one monotonic clock. A process that was stopped need not know it: a deadline that is looked at
 * late is given another 100 ms, in which the driver reads what has come meanwhile.
 */
export class PortalServer {
  readonly #options: PortalServerOptions;
  readonly #table: LinkTable;
  /** When the attached cluster vertex has said nothing for too long, it is detached. */
  readonly #silence = new PatientDeadline();
  /** When no cluster vertex has attached for too long, all links are closed. */
  readonly #abandonment = new PatientDeadline();
  /** When links of an earlier attachment were not asked for again, they are closed. */
  readonly #reclaim = new PatientDeadline();
  readonly #out: Uint8Array[] = [];
  readonly #events: PortalServerEvent[] = [];
  readonly #stats = new StatsTeller();
  #isConnected = false;
  #attachment: Attachment | undefined;
  /** Counts up whenever a cluster vertex attaches or is detached. */
  #attachmentNumber = 0;
  #heartbeatAt = Infinity;
  readonly #pace = new HeartbeatPace();
  readonly #repeated: RepeatedHeartbeat | undefined;
  readonly #signing: Signing;
  readonly counters: PortalCounters = { messagesMalformed: 0, messagesIgnored: 0 };

  constructor(options: PortalServerOptions) {
    this.#options = options;
    this.#repeated = options.isPortRepeating === true ? new RepeatedHeartbeat() : undefined;
    this.#signing = new Signing(options.signer);
    this.#table = new LinkTable(options.linksMax ?? (() => LINKS_MAX));
  }

  /** The cluster vertex that is attached. */
  get attachedInstance(): Instance | undefined {
    return this.#attachment?.instance;
  }

  /** Whether heartbeats are rare at present, as all links are quiet. */
  get isQuiet(): boolean {
    return this.#pace.told > HEARTBEAT_INTERVAL_MS;
  }

  /** The present status of every link that is wanted. */
  linkStatuses(): LinkStatus[] {
    return this.#table.statuses();
  }

  /** The FlorIO port found its partner. */
  handleConnected(now: number): void {
    if (this.#isConnected) return;
    this.#isConnected = true;
    this.#beat(now);
    this.#pump(now);
  }

  /** The FlorIO port lost its partner. */
  handleDisconnected(now: number): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.#heartbeatAt = Infinity;
    this.#out.length = 0;
    this.#detach(PortalCode.portalGone, now);
  }

  /** The FlorIO port doubts that its partner is there: a heartbeat is sent at once, which shows it. A repeating port sends one by itself. */
  handleDoubt(now: number): void {
    this.#heartbeatAt = Math.min(this.#heartbeatAt, now);
    this.#pump(now);
  }

  /** Takes a Portal API message. Never throws for what it holds. */
  handleMessage(bytes: Uint8Array, now: number): void {
    const message = decodeMessage(bytes);
    if (message === undefined) this.counters.messagesMalformed++;
    else if (this.#isConnected) this.#handle(message, bytes, now);
    this.#pump(now);
  }

  /** The port took note of the known message at that time. Call it before `handleTimeout`. */
  handleHeard(at: number): void {
    if (this.#attachment === undefined) return;
    const until = at + silentAfter(this.#attachment.intervalMs);
    if (until > this.#silence.at) this.#silence.set(until);
  }

  handleTimeout(now: number): void {
    if (this.#silence.hasPassed(now)) this.#detach(PortalCode.portalSilent, now);
    if (this.#reclaim.hasPassed(now)) {
      for (const key of this.#table.removeUnclaimed()) this.#forgetLink(key);
      this.#options.transit?.dropUnconfirmed();
    }
    if (this.#abandonment.hasPassed(now)) {
      this.#table.clear();
      this.#stats.clear();
      this.#options.transit?.drop();
      this.#events.push({ kind: "abandoned" });
    }
    this.#pump(now);
  }

  /** Sets the status of a wanted link; the cluster vertex is told when the status has changed. Does nothing for a link that is not wanted. */
  setLinkStatus(status: LinkStatus, now: number): void {
    assert(status.state !== "up" || status.handle !== 0, "a link that is up has a handle");
    if (this.#table.setStatus(status)) this.#pump(now);
  }

  /** Tells the cluster vertex a link's statistics, once, with the next messages. */
  setLinkStats(stats: LinkStats): void {
    if (this.#attachment !== undefined && this.#table.has(stats)) this.#stats.set(stats);
  }

  /** Tells the cluster vertex, once, of a vertex that wants a link which was not asked for. */
  tellKnock(knock: Knock): void {
    if (this.#attachment !== undefined) this.#send(this.#attachmentNumber, 0, { kind: "knock", knock });
  }

  /** The taker has news of its progress or counts: a heartbeat tells them at once. */
  handleTransitNews(now: number): void {
    if (this.#attachment !== undefined) this.#heartbeatAt = now;
    this.#pump(now);
  }

  /** The next message to send, or undefined. */
  pollTransmit(): Uint8Array | undefined {
    if (this.#out.length === 0) this.#sendStats();
    return this.#out.shift();
  }

  /** The heartbeat that a repeating port is to send now, and again at its pace; undefined: the port has it. */
  pollHeartbeat(): PacedHeartbeat | undefined {
    return this.#repeated?.poll();
  }

  /** A message of the cluster vertex that would be no news if it came again: a repeating port takes note of it. */
  get knownMessage(): Uint8Array | undefined {
    return this.#attachment?.states.dueAt() === Infinity ? this.#attachment.heartbeat : undefined;
  }

  pollEvent(): PortalServerEvent | undefined {
    return this.#events.shift();
  }

  /** When `handleTimeout` wants to be called; `Infinity`: never. */
  nextTimeout(): number {
    return Math.min(
      this.#heartbeatAt,
      this.#repeated === undefined ? Infinity : this.#pace.changesAt,
      this.#silence.at,
      this.#abandonment.at,
      this.#reclaim.at,
      this.#attachment?.states.dueAt() ?? Infinity,
    );
  }

  #handle(message: PortalMessage, bytes: Uint8Array, now: number): void {
    const { body, requestId, attachment: number } = message;
    if (body.kind === "unknown") {
      if (requestId !== 0) this.#send(number, requestId, { kind: "unimplemented" });
      return;
    }
    if (body.kind === "attach") {
      this.#handleAttach(message, body, now);
      return;
    }
    const attachment = this.#attachment;
    if (attachment === undefined || attachment.instance.id !== message.instance || this.#attachmentNumber !== number) {
      this.#handleUnattached(message);
      return;
    }
    if (body.kind === "heartbeat") attachment.intervalMs = body.intervalMs;
    this.#silence.set(now + silentAfter(attachment.intervalMs));
    switch (body.kind) {
      case "heartbeat":
        attachment.states.handleAcknowledgement(body.generation, now);
        if (this.#repeated !== undefined) attachment.heartbeat = Uint8Array.from(bytes);
        if (body.transitReport !== undefined) this.#handleReportTaken(body.transitReport);
        return;
      case "transit-changes":
        this.#options.transit?.handleChanges(body);
        // The heartbeat is the answer: it tells how many changes are taken.
        this.#beat(now);
        return;
      case "open-link":
        this.#handleOpen(requestId, body.wish);
        return;
      case "sign":
        this.#send(number, requestId, this.#signing.answer(body, now));
        return;
      case "close-link":
        this.#handleClose(requestId, body.key);
        return;
      case "detach":
        this.#send(number, requestId, { kind: "detach-answer" });
        this.#detach(PortalCode.detachAsked, now);
        return;
      default:
        this.counters.messagesIgnored++;
    }
  }

  /** A request of an attachment that has ended, or a late message. */
  #handleUnattached({ body, requestId, attachment }: PortalMessage): void {
    this.counters.messagesIgnored++;
    if (requestId === 0) return;
    // The cluster vertex has left already, and the answer to its first Detach was lost.
    if (body.kind === "detach") this.#send(attachment, requestId, { kind: "detach-answer" });
    else if (body.kind === "open-link" || body.kind === "close-link") {
      this.#refuse(attachment, requestId, PortalCode.notAttached, "this attachment has ended: attach first");
    }
  }

  #handleAttach(message: PortalMessage, body: PortalBody & { kind: "attach" }, now: number): void {
    const { requestId } = message;
    const instance = { id: message.instance, startedAt: body.startedAt };
    const current = this.#attachment;
    if (current !== undefined && isLate(instance, requestId, current)) {
      this.counters.messagesIgnored++;
      return;
    }
    const version = chooseVersion(body, this.#options);
    const refusal = reasonToRefuse(body, version, this.#options);
    if (refusal !== undefined) {
      const [code, text] = refusal;
      this.#refuse(0, requestId, code, text);
      this.#events.push({ kind: "refused", code, text });
      return;
    }
    const isRepeated = current !== undefined && current.instance.id === instance.id && current.requestId === requestId;
    if (!isRepeated) this.#attach(instance, requestId, now);
    this.#silence.set(now + silentAfter(this.#attachment?.intervalMs));
    const { instance: ownInstance, linkMtuMax, principal, linkProtocol } = this.#options;
    this.#send(this.#attachmentNumber, requestId, {
      kind: "attach-answer",
      startedAt: ownInstance.startedAt,
      version,
      principal,
      linkMtuMax,
      linksMax: this.#table.linksMax(),
      features: featuresOf(this.#options),
      ...(linkProtocol !== undefined && { linkProtocol }),
    });
  }

  #attach(instance: Instance, requestId: number, now: number): void {
    const current = this.#attachment;
    if (current !== undefined && current.instance.id !== instance.id) {
      this.#events.push({ kind: "detached", code: PortalCode.portalReplaced });
    }
    this.#attachmentNumber++;
    this.#attachment = { instance, requestId, states: new StateTeller(this.#table) };
    this.#table.unclaimAll();
    this.#abandonment.clear();
    this.#reclaim.set(now + UNCLAIMED_AFTER_MS);
    this.#options.transit?.handleAttached(instance.id);
    this.#events.push({ kind: "attached", instance });
  }

  #handleOpen(requestId: number, wish: LinkWish | undefined): void {
    if (wish === undefined) {
      this.#refuseRequest(
        requestId,
        PortalCode.invalidWish,
        "the wish is incomplete, its names are too long, or its pins are none",
      );
      return;
    }
    switch (this.#table.open(requestId, wish)) {
      case "late":
        this.counters.messagesIgnored++;
        return;
      case "full":
        this.#refuseRequest(requestId, PortalCode.tooManyLinks, "this link vertex has no room for more links");
        return;
      case "changed":
        this.#forgetLink(wish);
        this.#events.push({ kind: "open", wish });
        break;
      case "new":
      case "altered":
        this.#events.push({ kind: "open", wish });
        break;
      case "known":
        break;
    }
    this.#send(this.#attachmentNumber, requestId, { kind: "open-link-answer" });
  }

  #handleClose(requestId: number, key: LinkKey | undefined): void {
    if (key === undefined) {
      this.#refuseRequest(requestId, PortalCode.invalidWish, "no link has such a name");
      return;
    }
    switch (this.#table.close(requestId, key)) {
      case "late":
        this.counters.messagesIgnored++;
        return;
      case "closed":
        this.#forgetLink(key);
        break;
      case "unknown":
        break;
    }
    this.#send(this.#attachmentNumber, requestId, { kind: "close-link-answer" });
  }

  #forgetLink({ peer, tag }: LinkKey): void {
    this.#stats.delete({ peer, tag });
    this.#events.push({ kind: "close", key: { peer, tag } });
  }

  #detach(code: DetachCode, now: number): void {
    if (this.#attachment === undefined) return;
    const silentMs = code === PortalCode.portalSilent ? silentAfter(this.#attachment.intervalMs) : 0;
    this.#attachment = undefined;
    this.#attachmentNumber++;
    this.#pace.set(HEARTBEAT_INTERVAL_MS, now);
    this.#silence.clear();
    this.#reclaim.clear();
    this.#stats.clear();
    // Silence has lasted for a part of that time already.
    this.#abandonment.set(now + ABANDONED_AFTER_MS - silentMs);
    this.#events.push({ kind: "detached", code });
  }

  /** Makes all messages that are due. */
  #pump(now: number): void {
    if (!this.#isConnected) return;
    for (const body of this.#attachment?.states.tell(now) ?? []) this.#send(this.#attachmentNumber, 0, body);
    this.#setPace(now);
    const isDue = now >= this.#heartbeatAt;
    if (isDue)
      this.#heartbeatAt =
        this.#repeated === undefined ? now + this.#pace.interval(now) : nextRound(now, TRANSIT_REPORT_INTERVAL_MS);
    if (this.#repeated !== undefined) this.#repeated.set(this.#heartbeat(), this.#pace.interval(now));
    else if (isDue) this.#out.push(this.#heartbeat());
    if (isDue && this.#attachment !== undefined) this.#sendReport();
  }

  /** A cluster vertex that does not tell its own pace knows of no other one than the usual. */
  #setPace(now: number): void {
    const isQuiet = this.#attachment?.intervalMs !== undefined && this.#table.isQuiet;
    const intervalMs = isQuiet ? QUIET_HEARTBEAT_INTERVAL_MS : HEARTBEAT_INTERVAL_MS;
    if (intervalMs === this.#pace.told) return;
    this.#pace.set(intervalMs, now);
    this.#beat(now);
  }

  /** A heartbeat is due now. */
  #beat(now: number): void {
    this.#repeated?.forget();
    // A repeating port needs the time for reports alone.
    if (this.#repeated === undefined || this.#options.transit !== undefined) this.#heartbeatAt = now;
  }

  #heartbeat(): Uint8Array {
    const { startedAt } = this.#options.instance;
    const { generation } = this.#table;
    const transit = this.#attachment === undefined ? undefined : this.#options.transit?.progress;
    const intervalMs = this.#pace.told;
    return this.#encode(this.#attachmentNumber, 0, { kind: "heartbeat", startedAt, generation, transit, intervalMs });
  }

  /** Sends the next report as soon as the last one is taken; the first one goes with a heartbeat. */
  #handleReportTaken(number: number): void {
    if (this.#options.transit?.handleReportTaken(number) === true) this.#sendReport();
  }

  #sendReport(): void {
    const report = this.#options.transit?.pollReport();
    if (report !== undefined) this.#send(this.#attachmentNumber, 0, { kind: "transit-report", ...report });
  }

  #sendStats(): void {
    if (!this.#isConnected || this.#attachment === undefined) return;
    for (const body of this.#stats.tell()) this.#send(this.#attachmentNumber, 0, body);
  }

  #refuseRequest(requestId: number, code: string, text: string): void {
    this.#refuse(this.#attachmentNumber, requestId, code, text);
  }

  #refuse(attachment: number, requestId: number, code: string, text: string): void {
    this.#send(attachment, requestId, { kind: "error", code, text });
  }

  #send(attachment: number, requestId: number, body: PortalBody): void {
    this.#out.push(this.#encode(attachment, requestId, body));
  }

  #encode(attachment: number, requestId: number, body: PortalBody): Uint8Array {
    return encodeMessage({ instance: this.#options.instance.id, attachment, requestId, body });
  }
}
