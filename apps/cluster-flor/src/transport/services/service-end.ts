import assert from "node:assert";
import { writeUint32 } from "@florenetes/big-endian";
import type { Credentials } from "@florenetes/identity";
import { TRAFFIC_CLASS_NAMES, TrafficClass } from "@florenetes/labels";
import type { QuicEngine } from "@florenetes/quic";
import { ResetTokens } from "@florenetes/quic";
import type { Counts } from "@florenetes/process-kit";
import { FLOW_IDLE_MS } from "../../config/limits.ts";
import { DatagramDrops, type FlowAccount } from "../datagrams/flow-account.ts";
import type { DatagramNetwork } from "../datagrams/datagram-network.ts";
import type { EndAccounts } from "../datagrams/end-accounts.ts";
import type { OwnCaller, OwnService } from "../own/own-service.ts";
import { ownFlowTarget } from "./own-flow-target.ts";
import type { FlowTarget } from "./service-flow.ts";
import { ServiceFlows } from "./service-flows.ts";
import type { ServiceConfig } from "../../config/cluster-config.ts";
import { Code, CodeCounts, type ConnectionEnd, codeName, codeText, isJudgement, type Refusal } from "../codes.ts";
import type { ConnectionHost, ConnectionRole } from "../connections/connection-role.ts";
import type { EndConnection } from "../connections/end-connection.ts";
import { EngineConnection } from "../connections/engine-connection.ts";
import type { HalfOpenLimiter, HalfOpenPlace } from "./half-open.ts";
import type { Lives } from "../peers/lives.ts";
import { CLOSING_FACTOR, PAYLOAD_MAX, RENEWAL_FACTOR } from "../limits.ts";
import type { LocalNetwork } from "../streams/local-network.ts";
import { encodeRenew, type Hello } from "../messages.ts";
import { type OpeningConnection, OpeningStreams } from "../streams/opening-streams.ts";
import type { StreamRelay } from "../streams/stream-relay.ts";
import type { OriginatorConduct } from "./originator-conduct.ts";
import type { Principals, Proof } from "../peers/principals.ts";
import type { Way } from "../packets/packet-sender.ts";
import { quicConfig } from "../connections/quic-settings.ts";
import type { HandshakeOrigin, RefusalLimit } from "./refusal-limit.ts";
import { proxyHeader } from "./proxy-header.ts";
import type { StreamAccount } from "../streams/stream-account.ts";
import type { TransportLog } from "../transport-log.ts";

export interface ServiceHost extends ConnectionHost<EngineConnection> {
  readonly engine: QuicEngine;
  readonly log: TransportLog;
  readonly local: LocalNetwork;
  readonly datagrams: DatagramNetwork;
  /** Calls in a turn of its own. */
  readonly soon: (call: () => void) => void;
  readonly halfOpen: HalfOpenLimiter;
  readonly lives: Lives<EndConnection>;
  readonly principals: Principals;
  readonly conduct: OriginatorConduct;
  readonly refusalLimit: RefusalLimit;
  /** Monotonic. */
  readonly now: () => number;
  addAccepted(connection: EngineConnection, service: ServiceEnd): void;
}

export interface ServiceEndOptions {
  readonly accounts: EndAccounts;
  /** The target, where it is this process. */
  readonly own: OwnService | undefined;
}

/** A packet that may start a connection. */
export interface FirstPacket {
  readonly idHigh: number;
  readonly idLow: number;
  /** The way that answers take. */
  readonly way: Way;
  readonly payload: Uint8Array;
}

interface Accepted {
  readonly origin: HandshakeOrigin;
  /** Credentials of the service at the time when the connection was accepted. */
  readonly credentials: Credentials;
  halfOpen: HalfOpenPlace | undefined;
}

const nothing = new Uint8Array(0);
const tooManyFailed = "too many streams were reset or refused";

/** The far end of connections: one service of this vertex. */
export class ServiceEnd implements ConnectionRole<EngineConnection> {
  readonly isAcceptor = true;
  readonly isWatchful = false;
  readonly index: number;
  readonly config: ServiceConfig;
  /** The target, where it is this process. */
  readonly own: OwnService | undefined;
  readonly account: StreamAccount;
  /** Undefined for a service of streams. */
  readonly flowAccount: FlowAccount | undefined;
  readonly datagramDrops: DatagramDrops;

  readonly #host: ServiceHost;
  #credentials: Credentials;
  /** The principal and certificates of `#credentials`. */
  #own: Proof;
  readonly #allow: ReadonlySet<string>;
  #tokens: ResetTokens;
  readonly #accepted = new Map<EndConnection, Accepted>();
  readonly #handshakes = new CodeCounts();
  #established = 0;
  readonly #flows: ServiceFlows | undefined;
  #isStopped = false;

  constructor(
    host: ServiceHost,
    index: number,
    config: ServiceConfig,
    credentials: Credentials,
    { own, accounts: { streams, flows } }: ServiceEndOptions,
  ) {
    this.own = own;
    this.#host = host;
    this.index = index;
    this.config = config;
    this.account = streams;
    this.flowAccount = flows;
    this.datagramDrops = flows?.drops ?? new DatagramDrops();
    this.#flows = flows && new ServiceFlows(host, flows, config.flowIdleMs ?? FLOW_IDLE_MS);
    this.#credentials = credentials;
    this.#own = host.principals.own(credentials);
    this.#allow = new Set(config.allow);
    this.#tokens = tokensOf(credentials);
  }

  /** Handshakes by outcome: `established`, or the name of the code that they ended with. */
  get handshakes(): Counts {
    return { established: this.#established, ...this.#handshakes.toJSON() };
  }

  /** Accepts connections with these credentials from now on, and asks originators to renew theirs. */
  handleCredentials(credentials: Credentials): void {
    this.#credentials = credentials;
    this.#own = this.#host.principals.own(credentials);
    this.#tokens = tokensOf(credentials);
    for (const connection of this.#accepted.keys()) {
      if (connection.peerHello !== undefined) connection.tell(encodeRenew());
    }
  }

  /** Why it takes no connections, for people; "" when it does. */
  get problem(): string {
    return this.#host.principals.ownRefusalOf(this.#own)?.text ?? "";
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Refuses new streams; the present ones go on, but for flows, which nobody else ends. */
  stop(): void {
    this.#isStopped = true;
    this.#flows?.stop();
  }

  /** The bytes that its target gets before all others of a stream of this peer; empty where it gets none. */
  prefixFor(peer: string | undefined): Uint8Array {
    return this.config.tellsPrincipal && peer !== undefined ? proxyHeader(peer) : nothing;
  }

  resetToken(idHigh: number, idLow: number): Uint8Array {
    const id = new Uint8Array(8);
    writeUint32(id, 0, idHigh);
    writeUint32(id, 4, idLow);
    return this.#tokens.token(id);
  }

  /** Starts a connection with its first packet, if there is room for one more: returns whether there was. */
  accept({ idHigh, idLow, way, payload }: FirstPacket, originalId: Uint8Array | undefined, now: number): boolean {
    const origin = { inLink: way.outLink, isKnown: this.#host.halfOpen.isKnown(way) };
    const halfOpen = this.#host.halfOpen.enter(way, now);
    if (halfOpen === undefined) return false;
    const shared = quicConfig(this.#credentials, PAYLOAD_MAX, this.#host.limits.streamsOpenMax, this.#host.limits);
    const config = { ...shared, statelessResetToken: this.resetToken(idHigh, idLow) };
    const quic = this.#host.engine.accept(config, nothing, originalId, payload, now);
    // The originator's class is known by its hello: whoever has shown nothing yet gains nothing by the header of his packet.
    const trafficClass = TrafficClass.reliable;
    const place = { idHigh, idLow, way, payloadMax: PAYLOAD_MAX, own: this.#own, trafficClass, isUncut: false };
    const connection = new EngineConnection(this.#host, this, quic, place, now);
    this.#accepted.set(connection, { origin, credentials: this.#credentials, halfOpen });
    this.#host.addAccepted(connection, this);
    connection.handleTaken(payload.length, now);
    return true;
  }

  acceptStreams(connection: EngineConnection, streams: OpeningConnection): OpeningStreams {
    const { account, config, own } = this;
    const caller = (): OwnCaller => ({ peer: connection.peer!, trafficClass: connection.trafficClass });
    return new OpeningStreams(this.#host, streams, {
      target: config.target,
      own,
      caller,
      account,
      prefixFor: (peer) => this.prefixFor(peer),
      now: this.#host.now,
      isStopped: () => this.#isStopped,
      openFlow: (stream, dialled) => {
        const origin = { flows: connection.flows, stream, group: connection.peer! };
        return this.#flows!.open(origin, this.#flowTarget(caller()), dialled);
      },
      handleOpened: (count) => this.#handleOpened(connection, count),
      handleFailed: () => this.#handleFailed(connection),
    });
  }

  handleEstablished(connection: EngineConnection, now: number): Proof | Refusal {
    const verdict = this.#judgeOriginator(connection, now);
    const isLetIn = "principal" in verdict;
    if (isLetIn) this.#established++;
    this.#leaveHalfOpen(connection, isLetIn ? verdict.principal : undefined);
    return verdict;
  }

  #judgeOriginator(connection: EngineConnection, now: number): Proof | Refusal {
    const { principals } = this.#host;
    const unfit = principals.ownRefusalOf(connection.own);
    if (unfit !== undefined) return unfit;
    const verdict = principals.verifyOriginator(connection.quic.peerCertificates() ?? [], this.#credentials);
    if (!("principal" in verdict)) return verdict;
    if (!this.#allow.has(verdict.principal)) {
      return { code: Code.notAllowed, reason: "", text: `${verdict.principal} is not on the allow list` };
    }
    if (!this.#host.conduct.isWelcome(verdict.principal, now)) {
      const text = `${verdict.principal} has reset too many streams`;
      return { code: Code.tooManyStreams, reason: tooManyFailed, text };
    }
    if (!principals.enter(verdict.principal)) return { code: Code.tooManyConnections, reason: "" };
    return verdict;
  }

  handleHello(connection: EngineConnection, hello: Hello, now: number): Refusal | undefined {
    const { trafficClass } = hello;
    if (!this.#takes(trafficClass)) return this.#refuseClass(connection.peer!, trafficClass);
    connection.sender.trafficClass = trafficClass;
    connection.flows.isUncut = hello.isUncut;
    const ended = this.#host.lives.admit(connection.peer!, hello, connection);
    if (ended === undefined) {
      this.#handshakes.add(Code.superseded);
      return { code: Code.superseded, reason: "a later life of this vertex is connected" };
    }
    for (const other of ended) other.close(Code.superseded, "the originator was restarted", now);
    if (this.#accepted.get(connection)?.credentials !== this.#credentials) connection.tell(encodeRenew());
    return undefined;
  }

  handleFailedStreams(connection: EndConnection, streams: number): void {
    for (let left = streams; left > 0 && connection.state === "open"; left--) this.#handleFailed(connection);
  }

  handleHandedOver(from: EndConnection, to: EndConnection): void {
    const accepted = this.#accepted.get(from);
    if (accepted === undefined) return;
    this.#accepted.delete(from);
    this.#accepted.set(to, accepted);
    this.#host.lives.replace(from.peer!, from.peerHello!, from, to);
  }

  /** A stream that has lasted was worth its cost: a workload that ends resets all that it had. */
  handleReset(connection: EngineConnection, relay: StreamRelay): void {
    if (this.#host.now() < relay.startedAt + this.#host.limits.openMs) this.#handleFailed(connection);
  }

  handleRenewal(): void {
    // It is the originator who makes connections.
  }

  handlePressure(): void {
    // It is the originator who opens streams.
  }

  handleSizeDoubt(): void {
    // It is the originator who looks after the path.
  }

  handleClosed(connection: EndConnection, end: ConnectionEnd, now: number): void {
    const accepted = this.#accepted.get(connection);
    if (accepted === undefined) return;
    this.#leaveHalfOpen(connection, undefined);
    this.#accepted.delete(connection);
    if (connection.peer !== undefined && isJudgement(end.code)) this.#logDown(connection.peer, end);
    if (connection.peer === undefined) {
      this.#handshakes.add(end.code);
      if (end.cause !== "silent") this.#host.refusalLimit.handleRefused(accepted.origin, now);
      return this.#logRefused(end, accepted.origin.inLink);
    }
    this.#host.principals.leave(connection.peer);
    if (connection.peerHello !== undefined) {
      this.#host.lives.remove(connection.peer, connection.peerHello, connection);
    }
  }

  #flowTarget(caller: OwnCaller): FlowTarget {
    const { own, config, flowAccount } = this;
    const { datagrams, limits, soon } = this.#host;
    assert(flowAccount !== undefined, "a service that takes flows counts them");
    if (own !== undefined) return ownFlowTarget({ service: own, caller, account: flowAccount, soon });
    const { target } = config;
    assert(target.kind === "udp", "no other takes flows");
    return (user) => datagrams.connect(target, limits.dialMs, user);
  }

  #takes(trafficClass: TrafficClass): boolean {
    return trafficClass !== TrafficClass.control && this.config.classes?.has(trafficClass) !== false;
  }

  #refuseClass(peer: string, trafficClass: TrafficClass): Refusal {
    const { name } = this.config;
    const reason = `service ${name} takes no traffic of class ${TRAFFIC_CLASS_NAMES[trafficClass]}`;
    this.#handshakes.add(Code.wrongClass);
    this.#host.log.limited.warn(
      { code: "TRANSPORT_REFUSED", service: name, peer, reason: codeName(Code.wrongClass), cause: "local" },
      `a connection of ${peer} was refused: ${reason}`,
      peer,
      `${name} class`,
    );
    return { code: Code.wrongClass, reason };
  }

  /** An originator gives a connection a successor in time; this is for one that does not. */
  #handleOpened(connection: EngineConnection, streams: number): void {
    const { limits, now } = this.#host;
    if (streams === Math.floor(RENEWAL_FACTOR * limits.streamsPerConnection)) connection.tell(encodeRenew());
    if (streams <= CLOSING_FACTOR * limits.streamsPerConnection) return;
    connection.close(Code.tooManyStreams, "this connection has had its share", now());
  }

  #handleFailed(connection: EndConnection): void {
    const now = this.#host.now();
    if (connection.peer === undefined || this.#host.conduct.handleFailed(connection.peer, now)) return;
    connection.close(Code.tooManyStreams, tooManyFailed, now);
  }

  /** @param principal Who has been let in; undefined: nobody. */
  #leaveHalfOpen(connection: EndConnection, principal: string | undefined): void {
    const accepted = this.#accepted.get(connection);
    if (accepted?.halfOpen === undefined) return;
    this.#host.halfOpen.leave(accepted.halfOpen, principal, this.#host.now());
    accepted.halfOpen = undefined;
  }

  #logDown(peer: string, end: ConnectionEnd): void {
    const { name } = this.config;
    const reason = codeName(end.code);
    this.#host.log.limited.warn(
      { code: "TRANSPORT_DOWN", service: name, peer, reason, cause: end.cause },
      `a connection of ${peer} to service ${name} ended: ${codeText(end.code, end.text)}`,
      peer,
      `${name} ${reason}`,
    );
  }

  /** Whoever it was, it came over this link: strangers behind one do not silence those behind another. */
  #logRefused(end: ConnectionEnd, inLink: number): void {
    // A handshake that nobody went on with is no event; one that was refused may be a mistake in a config.
    if (end.cause === "silent") return;
    const { name } = this.config;
    const by = end.cause === "peer" ? "the originator" : "this vertex";
    const reason = codeName(end.code);
    this.#host.log.limited.warn(
      { code: "TRANSPORT_REFUSED", service: name, reason, cause: end.cause },
      `a connection to service ${name} was refused by ${by}: ${codeText(end.code, end.text)}`,
      `link ${inLink}`,
      `${name} ${reason}`,
    );
  }
}

function tokensOf({ privateKeyPem }: Credentials): ResetTokens {
  return new ResetTokens(privateKeyPem, "transport");
}
