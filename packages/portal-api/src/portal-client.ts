import type { Instance } from "@florenetes/wire-values";
import { attachBody, reasonNotToUse, refusalIn } from "./attach-judgement.ts";
import { ClientHeartbeats } from "./client-heartbeats.ts";
import { type AttachedState, type ClientState, HEARD_OF_UNUSED, senderOf } from "./client-state.ts";
import { PortalCode } from "./codes.ts";
import { ATTACH_INTERVAL_MS, ATTACH_REFUSED_INTERVAL_MS } from "./limits.ts";
import type { LinkKey, LinkStatus, LinkWish } from "./link.ts";
import { LinkRequests } from "./link-requests.ts";
import type { PeerQuestion } from "./judge.ts";
import { KnownStates } from "./known-states.ts";
import type { PacedHeartbeat } from "./repeated-heartbeat.ts";
import { PeerJudging } from "./peer-judging.ts";
import type { PortalClientEvent } from "./portal-client-events.ts";
import type { PortalClientOptions } from "./portal-client-options.ts";
import { decodeMessage, encodeMessage, type PortalBody, type PortalCounters, type PortalMessage } from "./messages.ts";
import { SIGN_FEATURE, type VertexSignature } from "./sign.ts";
import { SignRequests } from "./sign-requests.ts";
import { toldOfPeers } from "./told-of-peers.ts";
import type { TransitReport } from "./transit.ts";
import { isGoodWish, isSameWish, refusedWish } from "./wish.ts";

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
  readonly #out: Uint8Array[] = [];
  readonly #events: PortalClientEvent[] = [];
  #state: ClientState = { kind: "unconnected" };
  #isConnected = false;
  #hasLeft = false;
  #requestId = 0;
  readonly #heartbeats: ClientHeartbeats;
  #wantedProtocol: string | undefined;
  readonly #known = new KnownStates();
  readonly #judging: PeerJudging;
  readonly #signatures: SignRequests;
  #refusedCode = "";
  readonly counters: PortalCounters = { messagesMalformed: 0, messagesIgnored: 0 };

  constructor(options: PortalClientOptions) {
    this.#options = options;
    this.#wantedProtocol = options.linkProtocol;
    this.#heartbeats = new ClientHeartbeats(options.isPortRepeating === true);
    this.#requests = new LinkRequests(() => ++this.#requestId);
    this.#judging = new PeerJudging(options.judge);
    this.#signatures = new SignRequests(() => ++this.#requestId);
  }

  get isAttached(): boolean {
    return this.#state.kind === "attached";
  }

  /** Whether the link vertex's heartbeats are rare, as all its links for this vertex are quiet. */
  get isQuiet(): boolean {
    return this.#heartbeats.isQuiet;
  }

  /** How many requests to open or close a link are not answered yet. */
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

  /** The FlorIO port doubts that its partner is there: a heartbeat is sent at once, which shows it. */
  handleDoubt(now: number): void {
    this.#heartbeats.beat(now);
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
    if (this.#isAttached()) this.#heartbeats.handleSign(at);
  }

  handleTimeout(now: number): void {
    const silentMs = this.#heartbeats.pollSilence(now);
    if (silentMs !== 0) this.#lose(PortalCode.portalSilent, `the link vertex has said nothing for ${silentMs} ms`, now);
    this.#pump(now);
  }

  /** Wants a link, from now on and through every restart of the link vertex. Asking again for the same does nothing. */
  openLink(wish: LinkWish, now: number): void {
    const known = this.#requests.get(wish);
    if (known?.wish !== undefined && isSameWish(known.wish, wish)) return;
    if (!isGoodWish(wish)) {
      this.#requests.forget(wish);
      this.#events.push({ kind: "link", status: refusedWish(wish) });
      return;
    }
    // The link vertex may not have heard that the link was not wanted for a while: then it does not tell the state again.
    if (known?.wish === undefined && known?.status !== undefined)
      this.#events.push({ kind: "link", status: known.status });
    const { status } = this.#requests.want(wish, { ...wish }, this.#known.generationMax, now);
    if (status?.code === PortalCode.pinsUnsupported) this.#events.push({ kind: "link", status });
    this.#pump(now);
  }

  /** Wants the link no more: no event tells of it from here on. */
  closeLink(key: LinkKey, now: number): void {
    if (this.#requests.wanted(key) === undefined) return;
    this.#requests.want(key, undefined, this.#known.generationMax, now);
    this.#pump(now);
  }

  /** Links must run over that protocol from now on; undefined: any. Attaches anew when the link vertex is used from now on, or no more. */
  handleLinkProtocol(linkProtocol: string | undefined, now: number): void {
    this.#wantedProtocol = linkProtocol;
    const state = this.#state;
    if (state.kind !== "attached") return;
    if ((reasonNotToUse(state.linkProtocol, linkProtocol) === undefined) === state.isUsed) return;
    this.#lose(PortalCode.wrongLinkProtocol, "links must run over another protocol than before", now);
    this.#pump(now);
  }

  /** The judge's generation has changed: a heartbeat tells the link vertex at once. */
  handleJudgeNews(now: number): void {
    if (this.#isConnected) this.#heartbeats.beat(now);
    this.#pump(now);
  }

  /** Whether the link vertex signs in the vertex's name, and the chain of its newest signature; undefined: there was none. */
  get signer(): Pick<SignRequests, "isOffered" | "chain"> {
    return this.#signatures;
  }

  /** Asks for a signature. `onSigned` gets undefined when none can be had: at once, or after a moment. */
  sign(content: Uint8Array, onSigned: (signed: VertexSignature | undefined) => void, now: number): void {
    this.#signatures.ask(content, onSigned, now);
    this.#pump(now);
  }

  /** Leaves for good, as a process does that stops; the links are kept for its successor for 10 s. */
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

  /** The heartbeat that a repeating port is to send now, and again at its pace; undefined: the port has it. */
  pollHeartbeat(): PacedHeartbeat | undefined {
    return this.#heartbeats.poll();
  }

  /** A message of the link vertex that would be no news if it came again: a repeating port takes note of it. */
  get knownMessage(): Uint8Array | undefined {
    if (this.#state.kind !== "attached" || this.#options.transit?.isSettled === false) return undefined;
    return this.#heartbeats.knownUpTo(this.#known.generation);
  }

  pollEvent(): PortalClientEvent | undefined {
    return this.#events.shift();
  }

  /** When `handleTimeout` wants to be called; `Infinity`: never. */
  nextTimeout(): number {
    const nextAt = "nextAt" in this.#state ? this.#state.nextAt : Infinity;
    return Math.min(this.#heartbeats.at, nextAt, this.#requests.nextAt, this.#signatures.nextAt);
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
    const refusal = refusalIn(message, this.#options.versions);
    if (refusal !== undefined) this.#handleAttachRefused(state, ...refusal, now);
    else if (body.kind === "attach-answer") {
      const { kind: _, startedAt, ...answer } = body;
      const [server, { linkProtocol }] = [{ id: instance, startedAt }, answer];
      const problem = reasonNotToUse(linkProtocol, this.#wantedProtocol);
      this.#state = { kind: "attached", attachment, server, linkProtocol, isUsed: problem === undefined };
      this.#refusedCode = "";
      this.#known.restart();
      this.#heartbeats.handleSign(now);
      // The attachment stays, though it is not used: so a restart of the link vertex is noticed, and links of an earlier attachment end.
      if (problem !== undefined) {
        this.#events.push({ kind: "refused", code: PortalCode.wrongLinkProtocol, text: problem });
        return;
      }
      const refused = this.#requests.restart(answer.features, now);
      this.#signatures.handleAttached(answer.features.includes(SIGN_FEATURE));
      this.#options.transit?.handleAttached(answer.features);
      const attached = { kind: "attached", instance: server, ...answer } as const;
      this.#events.push(attached, ...refused.map((status) => ({ kind: "link", status }) as const));
    }
  }

  #handleAttachRefused(state: ClientState & { kind: "attaching" }, code: string, text: string, now: number): void {
    state.nextAt = now + ATTACH_REFUSED_INTERVAL_MS;
    if (code === this.#refusedCode) return;
    this.#refusedCode = code;
    this.#events.push({ kind: "refused", code, text });
  }

  #handleAttached(state: AttachedState, message: PortalMessage, bytes: Uint8Array, now: number): void {
    const { body } = message;
    const sender = senderOf(state, message);
    if (sender === "late") {
      this.counters.messagesIgnored++;
      return;
    }
    if (sender !== "ours") {
      this.#lose(...sender, now);
      return;
    }
    if (body.kind === "heartbeat") this.#heartbeats.handleHeard(bytes, body, now);
    this.#heartbeats.handleSign(now);
    this.#handleBody(state, message.requestId, body, now);
  }

  #handleBody(state: AttachedState, requestId: number, body: PortalBody, now: number): void {
    if (!state.isUsed && !HEARD_OF_UNUSED.has(body.kind)) {
      this.counters.messagesIgnored++;
      return;
    }
    if (this.#signatures.handleAnswer(requestId, body)) return;
    switch (body.kind) {
      case "heartbeat":
        // The link vertex has later link states than we do: our answer shows it from which generation on to send them again.
        if (body.generation > this.#known.generation) this.#heartbeats.beat(now);
        this.#options.transit?.handleProgress(body.transit, now);
        return;
      case "transit-report":
        this.#handleReport(state.server, body);
        this.#heartbeats.beat(now);
        return;
      case "link-states":
        for (const status of this.#known.take(state.isUsed ? body : { ...body, links: [] }, this.#requests))
          this.#events.push({ kind: "link", status });
        this.#heartbeats.beat(now);
        return;
      case "link-stats":
      case "knock":
        this.#events.push(...toldOfPeers(body, this.#requests));
        return;
      case "open-link-answer":
      case "close-link-answer":
        this.#requests.handleAnswer(requestId);
        return;
      case "error":
        // `NOT_ATTACHED` refuses nothing for good: the request is repeated until a heartbeat has shown us the new attachment.
        if (body.code !== PortalCode.notAttached) this.#handleRequestRefused(requestId, body.code, body.text);
        return;
      case "unimplemented":
        this.#handleRequestRefused(requestId, PortalCode.unimplemented, "the link vertex does not know this request");
        return;
      case "judge":
        this.#handleQuestion(state.attachment, requestId, body.question, now);
        return;
      case "detach-answer":
        if (state.kind === "leaving") this.#lose(PortalCode.detachAsked, "this cluster vertex has asked for it", now);
        return;
      default:
        this.counters.messagesIgnored++;
    }
  }

  #handleQuestion(attachment: number, requestId: number, question: PeerQuestion | undefined, now: number): void {
    const answer = requestId === 0 ? undefined : this.#judging.answer(question, now);
    if (answer === undefined) this.counters.messagesIgnored++;
    else this.#send(attachment, requestId, answer);
  }

  /** Counts are absolute: a report that comes late or twice does no harm. */
  #handleReport(instance: Instance, report: TransitReport): void {
    this.#known.takeReport(report.number);
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
    this.#heartbeats.handleLost(now);
    this.#requests.stop();
    this.#signatures.handleDetached();
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
      const send = (requestId: number, body: PortalBody): void => this.#send(state.attachment, requestId, body);
      this.#requests.pump(now, send);
      this.#signatures.pump(now, send);
      this.#options.transit?.pump(now, (body) => this.#send(state.attachment, 0, body));
    }
  }

  #makeHeartbeat(): Uint8Array {
    const [{ startedAt }, { intervalMs }] = [this.#options.instance, this.#heartbeats];
    const { generation, transitReport } = this.#known;
    const told = { generation, transitReport, judgeGeneration: this.#judging.generation || undefined, intervalMs };
    return this.#make(this.#attachment(), 0, { kind: "heartbeat", startedAt, ...told });
  }

  #sendAttach(state: ClientState & { kind: "attaching" }, now: number): void {
    this.#send(0, state.requestId, attachBody(this.#options));
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
