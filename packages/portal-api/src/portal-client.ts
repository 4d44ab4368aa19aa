import { type Instance, isLater } from "@florenetes/instances";
import { reasonNotToUse } from "./attach-judgement.ts";
import { ClientHeartbeats } from "./client-heartbeats.ts";
import type { AttachedState, ClientState } from "./client-state.ts";
import { PortalCode } from "./codes.ts";
import {
  ATTACH_INTERVAL_MS,
  ATTACH_REFUSED_INTERVAL_MS,
  PROTOCOL_VERSION_MAX,
  PROTOCOL_VERSION_MIN,
  SILENT_AFTER_MS,
} from "./limits.ts";
import type { LinkKey, LinkStatus, LinkWish } from "./link.ts";
import { LinkRequests } from "./link-requests.ts";
import type { PortalClientEvent } from "./portal-client-events.ts";
import type { PortalClientOptions } from "./portal-client-options.ts";
import { decodeMessage, encodeMessage, type PortalBody, type PortalCounters, type PortalMessage } from "./messages.ts";
import { PatientDeadline } from "./patient-deadline.ts";
import { TRANSIT_FEATURE, type TransitReport } from "./transit.ts";
import { isGoodWish, isSameWish, noLink } from "./wish.ts";

/**
 * The cluster vertex's side of the Portal API, for one portal. It performs no I/O: after every call that takes `now`, drain
 * `pollTransmit` into CONTROL frames, drain `pollEvent`, and arm one timer for `nextTimeout`. A message that could not be
 * sent may be dropped: all is repeated until it is answered.
 *
 * Times are milliseconds of one monotonic clock. A process that was stopped need not know it: a deadline that is looked at
 * late is given another 100 ms, in which the driver reads what has come meanwhile.
 */
export class PortalClient {
  readonly #options: PortalClientOptions;
  readonly #requests: LinkRequests;
  readonly #silence = new PatientDeadline();
  readonly #out: Uint8Array[] = [];
  readonly #events: PortalClientEvent[] = [];
  #state: ClientState = { kind: "unconnected" };
  #isConnected = false;
  #hasLeft = false;
  #requestId = 0;
  readonly #heartbeats: ClientHeartbeats;
  #wantedProtocol: string | undefined;
  /** The generation of the link table up to which all is known. */
  #generation = 0;
  #generationMax = 0;
  /** The newest report of transit that was taken in this attachment. */
  #transitReport: number | undefined;
  #refusedCode = "";
  readonly counters: PortalCounters = { messagesMalformed: 0, messagesIgnored: 0 };

  constructor(options: PortalClientOptions) {
    this.#options = options;
    this.#wantedProtocol = options.linkProtocol;
    this.#heartbeats = new ClientHeartbeats(options.isPortRepeating === true);
    this.#requests = new LinkRequests(() => ++this.#requestId);
  }

  get isAttached(): boolean {
    return this.#state.kind === "attached";
  }

  /** How many OpenLink and CloseLink are not answered yet. */
  get requestsPending(): number {
    return this.#requests.pendingCount;
  }

  /** The status of a wanted link as the link vertex told it last; undefined while it has told none in this attachment. */
  linkStatus(key: LinkKey): LinkStatus | undefined {
    return this.#requests.wanted(key)?.status;
  }

  /** The FlorIO port found its partner. */
  handleConnected(now: number): void {
    if (this.#isConnected) return;
    this.#isConnected = true;
    this.#heartbeats.beat(now);
    if (!this.#hasLeft) this.#startAttaching(now);
    this.#pump(now);
  }

  /** The FlorIO port lost its partner. */
  handleDisconnected(now: number): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.#heartbeats.stop();
    this.#out.length = 0;
    this.#refusedCode = "";
    if (this.#isAttached()) this.#lose(PortalCode.portalGone, "the link vertex has gone", now);
    if (!this.#hasLeft) this.#state = { kind: "unconnected" };
  }

  /** The FlorIO port doubts that its partner is there: what is sent now shows it. */
  handleDoubt(now: number): void {
    this.#heartbeats.beat(now);
    this.#pump(now);
  }

  /** One Portal API message came in. Whatever it holds, this does not throw. */
  handleMessage(bytes: Uint8Array, now: number): void {
    const message = decodeMessage(bytes);
    if (message === undefined) this.counters.messagesMalformed++;
    else if (this.#isConnected) this.#handle(message, bytes, now);
    this.#pump(now);
  }

  /** The port took note of the known message at that time. Call it before `handleTimeout`. */
  handleHeard(at: number): void {
    if (this.#isAttached() && at + SILENT_AFTER_MS > this.#silence.at) this.#silence.set(at + SILENT_AFTER_MS);
  }

  handleTimeout(now: number): void {
    if (this.#silence.hasPassed(now)) {
      this.#lose(PortalCode.portalSilent, `the link vertex has said nothing for ${SILENT_AFTER_MS} ms`, now);
    }
    this.#pump(now);
  }

  /** Wants a link, from now on and through every restart of the link vertex. Asking again for the same does nothing. */
  openLink(wish: LinkWish, now: number): void {
    const known = this.#requests.get(wish);
    if (known?.wish !== undefined && isSameWish(known.wish, wish)) return;
    if (!isGoodWish(wish)) {
      this.#requests.forget(wish);
      const status = noLink(
        wish,
        "refused",
        PortalCode.invalidWish,
        "the wish is incomplete or its names are too long",
      );
      this.#events.push({ kind: "link", status });
      return;
    }
    // The link vertex need not have heard that the link was not wanted for a while: then it has nothing to tell.
    if (known?.wish === undefined && known?.status !== undefined)
      this.#events.push({ kind: "link", status: known.status });
    this.#requests.want(wish, { ...wish }, this.#generationMax, now);
    this.#pump(now);
  }

  /** Does not want it any more. Nothing is told of the link from here on. */
  closeLink(key: LinkKey, now: number): void {
    if (this.#requests.wanted(key) === undefined) return;
    this.#requests.want(key, undefined, this.#generationMax, now);
    this.#pump(now);
  }

  /** Links must run over that protocol from now on; undefined: any. Where that decides otherwise than before, it attaches anew. */
  handleLinkProtocol(linkProtocol: string | undefined, now: number): void {
    this.#wantedProtocol = linkProtocol;
    const state = this.#state;
    if (state.kind !== "attached") return;
    if ((reasonNotToUse(state.linkProtocol, linkProtocol) === undefined) === state.isUsed) return;
    this.#lose(PortalCode.wrongLinkProtocol, "links must run over another protocol than before", now);
    this.#pump(now);
  }

  /** Leaves for good, as a process does that stops; the links are kept for its successor for 3 s. */
  detach(now: number): void {
    this.#hasLeft = true;
    const state = this.#state;
    if (state.kind === "attached") {
      this.#state = { ...state, kind: "leaving", requestId: ++this.#requestId, nextAt: now };
    } else if (state.kind !== "leaving") {
      this.#state = { kind: "left" };
    }
    this.#pump(now);
  }

  /** The next message to send, or undefined. */
  pollTransmit(): Uint8Array | undefined {
    return this.#out.shift();
  }

  /** The heartbeat that a repeating port is to send now, and again each `HEARTBEAT_INTERVAL_MS`; undefined: it has it. */
  pollHeartbeat(): Uint8Array | undefined {
    return this.#heartbeats.poll();
  }

  /** A message of the link vertex that would be no news if it came again: a repeating port takes note of it. */
  get knownMessage(): Uint8Array | undefined {
    if (this.#state.kind !== "attached" || this.#options.transit?.isSettled === false) return undefined;
    return this.#heartbeats.knownUpTo(this.#generation);
  }

  pollEvent(): PortalClientEvent | undefined {
    return this.#events.shift();
  }

  /** When `handleTimeout` wants to be called; `Infinity`: never. */
  nextTimeout(): number {
    const { nextAt } = this.#state.kind === "attaching" || this.#state.kind === "leaving" ? this.#state : NEVER;
    return Math.min(this.#heartbeats.at, nextAt, this.#silence.at, this.#requests.nextAt);
  }

  #isAttached(): boolean {
    return this.#state.kind === "attached" || this.#state.kind === "leaving";
  }

  #handle(message: PortalMessage, bytes: Uint8Array, now: number): void {
    const { body, requestId } = message;
    if (body.kind === "unknown") {
      if (requestId !== 0) this.#send(message.attachment, requestId, { kind: "unimplemented" });
      return;
    }
    const state = this.#state;
    if (state.kind === "attaching") this.#handleWhileAttaching(state, message, now);
    else if (state.kind === "attached" || state.kind === "leaving") this.#handleAttached(state, message, bytes, now);
    else this.counters.messagesIgnored++;
  }

  #handleWhileAttaching(state: ClientState & { kind: "attaching" }, message: PortalMessage, now: number): void {
    const { body, instance, requestId, attachment } = message;
    if (requestId !== state.requestId) {
      this.counters.messagesIgnored++;
      return;
    }
    if (body.kind === "error") this.#handleAttachRefused(state, body.code, body.text, now);
    else if (body.kind === "unimplemented") this.#handleAttachRefused(state, PortalCode.unimplemented, "", now);
    else if (body.kind === "attach-answer") {
      const { kind: _, startedAt, ...answer } = body;
      const server = { id: instance, startedAt };
      const { linkProtocol } = answer;
      const problem = reasonNotToUse(linkProtocol, this.#wantedProtocol);
      this.#state = { kind: "attached", attachment, server, linkProtocol, isUsed: problem === undefined };
      this.#refusedCode = "";
      this.#generation = 0;
      this.#generationMax = 0;
      this.#silence.set(now + SILENT_AFTER_MS);
      this.#transitReport = undefined;
      // The attachment stays: so another process in the link vertex's place is noticed, and links of an earlier one end unclaimed.
      if (problem !== undefined) {
        this.#events.push({ kind: "refused", code: PortalCode.wrongLinkProtocol, text: problem });
        return;
      }
      this.#requests.restart(now);
      if (answer.features.includes(TRANSIT_FEATURE)) this.#options.transit?.handleAttached();
      this.#events.push({ kind: "attached", instance: server, ...answer });
    }
  }

  #handleAttachRefused(state: ClientState & { kind: "attaching" }, code: string, text: string, now: number): void {
    state.nextAt = now + ATTACH_REFUSED_INTERVAL_MS;
    if (code === this.#refusedCode) return;
    this.#refusedCode = code;
    this.#events.push({ kind: "refused", code, text });
  }

  #handleAttached(state: AttachedState, message: PortalMessage, bytes: Uint8Array, now: number): void {
    const { body, instance: id, attachment } = message;
    if (id !== state.server.id) {
      const startedAt = body.kind === "heartbeat" || body.kind === "attach-answer" ? body.startedAt : undefined;
      if (startedAt !== undefined && isLater({ id, startedAt }, state.server)) {
        this.#lose(PortalCode.portalReplaced, "the link vertex has been restarted", now);
      } else this.counters.messagesIgnored++;
      return;
    }
    if (attachment > state.attachment && body.kind === "heartbeat") {
      this.#lose(PortalCode.portalDetached, "the link vertex has detached this cluster vertex", now);
      return;
    }
    if (attachment !== state.attachment) {
      this.counters.messagesIgnored++;
      return;
    }
    this.#silence.set(now + SILENT_AFTER_MS);
    if (body.kind === "heartbeat") this.#heartbeats.handleHeard(bytes, body.generation);
    this.#handleBody(state, message.requestId, body, now);
  }

  #handleBody(state: AttachedState, requestId: number, body: PortalBody, now: number): void {
    if (!state.isUsed && !HEARD_OF_UNUSED.has(body.kind)) {
      this.counters.messagesIgnored++;
      return;
    }
    switch (body.kind) {
      case "heartbeat":
        // It knows more than we do: our answer shows it from where on to tell again.
        if (body.generation > this.#generation) this.#heartbeats.beat(now);
        this.#options.transit?.handleProgress(body.transit, now);
        return;
      case "transit-report":
        this.#handleReport(state.server, body);
        this.#heartbeats.beat(now);
        return;
      case "link-states":
        this.#handleStates(state.isUsed ? body : { ...body, links: [] });
        this.#heartbeats.beat(now);
        return;
      case "link-stats":
        for (const stats of body.links) {
          if (this.#requests.wanted(stats) !== undefined) this.#events.push({ kind: "stats", stats });
        }
        return;
      case "open-link-answer":
      case "close-link-answer":
        this.#requests.handleAnswer(requestId);
        return;
      case "error":
        // It is repeated until a heartbeat has shown us the new attachment.
        if (body.code !== PortalCode.notAttached) this.#handleRequestRefused(requestId, body.code, body.text);
        return;
      case "unimplemented":
        this.#handleRequestRefused(requestId, PortalCode.unimplemented, "the link vertex does not know this request");
        return;
      case "detach-answer":
        if (state.kind === "leaving") this.#lose(PortalCode.detachAsked, "this cluster vertex has asked for it", now);
        return;
      default:
        this.counters.messagesIgnored++;
    }
  }

  #handleStates(body: PortalBody & { kind: "link-states" }): void {
    for (const { generation, status } of body.links) {
      this.#generationMax = Math.max(this.#generationMax, generation);
      if (this.#requests.handleStatus(generation, status)) this.#events.push({ kind: "link", status });
    }
    if (body.from <= this.#generation) this.#generation = Math.max(this.#generation, body.to);
  }

  /** Counts are absolute: one that comes late or twice says nothing wrong. */
  #handleReport(instance: Instance, report: TransitReport): void {
    this.#transitReport = Math.max(this.#transitReport ?? 0, report.number);
    if (report.generation === this.#options.transit?.generation) {
      this.#events.push({ kind: "transit-report", instance, report });
    }
  }

  #handleRequestRefused(requestId: number, code: string, text: string): void {
    const status = this.#requests.handleRefusal(requestId, code, text);
    if (status !== undefined) this.#events.push({ kind: "link", status });
  }

  /** The attachment has ended. */
  #lose(code: string, text: string, now: number): void {
    this.#silence.clear();
    this.#heartbeats.forgetHeard();
    this.#requests.stop();
    this.#options.transit?.handleDetached();
    this.#events.push({ kind: "detached", code, text });
    if (this.#hasLeft) this.#state = { kind: "left" };
    else this.#startAttaching(now);
  }

  #startAttaching(now: number): void {
    this.#state = { kind: "attaching", requestId: ++this.#requestId, nextAt: now };
  }

  /** Makes all messages that are due. */
  #pump(now: number): void {
    if (!this.#isConnected) return;
    const state = this.#state;
    if (state.kind === "attaching" && now >= state.nextAt) this.#sendAttach(state, now);
    if (state.kind === "leaving" && now >= state.nextAt) {
      this.#send(state.attachment, state.requestId, { kind: "detach" });
      state.nextAt = now + ATTACH_INTERVAL_MS;
    }
    const heartbeat = this.#heartbeats.pump(now, () => this.#makeHeartbeat());
    if (heartbeat !== undefined) this.#out.push(heartbeat);
    if (state.kind === "attached" && state.isUsed) {
      this.#requests.pump(now, (requestId, body) => this.#send(state.attachment, requestId, body));
      this.#options.transit?.pump(now, (body) => this.#send(state.attachment, 0, body));
    }
  }

  #makeHeartbeat(): Uint8Array {
    const known = { generation: this.#generation, transitReport: this.#transitReport };
    const body = { kind: "heartbeat", startedAt: this.#options.instance.startedAt, ...known } as const;
    return this.#make(this.#attachment(), 0, body);
  }

  #sendAttach(state: ClientState & { kind: "attaching" }, now: number): void {
    const { cluster, instance, vertex, versions } = this.#options;
    this.#send(0, state.requestId, {
      kind: "attach",
      cluster,
      vertex,
      startedAt: instance.startedAt,
      versionMin: versions?.min ?? PROTOCOL_VERSION_MIN,
      versionMax: versions?.max ?? PROTOCOL_VERSION_MAX,
    });
    state.nextAt = now + ATTACH_INTERVAL_MS;
  }

  #attachment(): number {
    return this.#state.kind === "attached" || this.#state.kind === "leaving" ? this.#state.attachment : 0;
  }

  #send(attachment: number, requestId: number, body: PortalBody): void {
    this.#out.push(this.#make(attachment, requestId, body));
  }

  #make(attachment: number, requestId: number, body: PortalBody): Uint8Array {
    return encodeMessage({ instance: this.#options.instance.id, attachment, requestId, body });
  }
}

const NEVER = { nextAt: Infinity } as const;
/** A link vertex that is not used is heard with these alone: with its states for their generation, which it repeats until it is known. */
const HEARD_OF_UNUSED: ReadonlySet<PortalBody["kind"]> = new Set(["heartbeat", "link-states", "detach-answer"]);
