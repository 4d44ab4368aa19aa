import { writeUint32 } from "@florenetes/wire-values";
import type { Credentials } from "@florenetes/identity";
import { TrafficClass } from "@florenetes/forwarding";
import type { QuicEngine } from "@florenetes/quic";
import { ResetTokens } from "@florenetes/quic";
import type { Counts } from "@florenetes/process-kit";
import { DatagramDrops, FlowAccount } from "../datagrams/flow-account.ts";
import type { EndAccounts } from "../datagrams/end-accounts.ts";
import type { OwnService } from "../own/own-service.ts";
import type { ServiceConfig } from "../../config/cluster-config.ts";
import { Code, CodeCounts, type ConnectionEnd, type Refusal } from "../codes.ts";
import type { ConnectionHost, ConnectionRole } from "../connections/connection-role.ts";
import type { EndConnection } from "../connections/end-connection.ts";
import { EngineConnection } from "../connections/engine-connection.ts";
import type { HalfOpenLimiter, HalfOpenPlace } from "./half-open.ts";
import type { Lives } from "../peers/lives.ts";
import { CLOSING_FACTOR, PAYLOAD_MAX, RENEWAL_FACTOR } from "../limits.ts";
import { carriageOf, encodeRenew, type Hello, plainCarriage } from "../messages.ts";
import type { OpeningConnection, OpeningStreams } from "../streams/opening-streams.ts";
import type { StreamRelay } from "../streams/stream-relay.ts";
import type { OriginatorConduct } from "./originator-conduct.ts";
import type { Principals, Proof } from "../peers/principals.ts";
import type { RoundTrips } from "../paths/round-trips.ts";
import type { Way } from "../packets/packet-sender.ts";
import { quicConfig } from "../connections/quic-settings.ts";
import type { HandshakeOrigin, RefusalLimit } from "./refusal-limit.ts";
import { knownOf, learnFrom } from "./known-ways.ts";
import { proxyHeader } from "./proxy-header.ts";
import { ServiceGrant } from "./service-grant.ts";
import { ServiceLog, wrongClassText } from "./service-log.ts";
import type { ServedService, Serving } from "./serving.ts";
import type { StreamAccount } from "../streams/stream-account.ts";
import type { TransportLog } from "../transport-log.ts";

export interface ServiceHost extends ConnectionHost<EngineConnection> {
  readonly engine: QuicEngine;
  readonly log: TransportLog;
  readonly halfOpen: HalfOpenLimiter;
  readonly lives: Lives<EndConnection>;
  readonly principals: Principals;
  readonly conduct: OriginatorConduct;
  readonly refusalLimit: RefusalLimit;
  readonly roundTrips: RoundTrips;
  /** Monotonic. */
  readonly now: () => number;
  readonly grants: { readonly bootNow: number };
  addAccepted(connection: EngineConnection, service: ServiceEnd): void;
  /** Makes the part that serves the streams of a service. */
  servingOf(service: ServedService): Serving;
}

export interface ServiceEndOptions {
  readonly accounts: EndAccounts;
  /** The target, when this process is the target. */
  readonly own: OwnService | undefined;
}

/** A packet that may start a connection. */
export interface FirstPacket {
  readonly idHigh: number;
  readonly idLow: number;
  /** The way for answers. */
  readonly way: Way;
  readonly payload: Uint8Array;
}

interface Accepted {
  readonly origin: HandshakeOrigin;
  /** The service's credentials when the connection was accepted. */
  readonly credentials: Credentials;
  halfOpen: HalfOpenPlace | undefined;
}

const nothing = new Uint8Array(0);
/** An idle peer would not notice the end, and would bring its next stream here. */
const noGrant: Refusal = { code: Code.notGranted, reason: "", isUrgent: true };
const tooManyFailed = "too many streams were reset or refused";

/** The far end of connections: one service of this vertex. */
export class ServiceEnd implements ConnectionRole<EngineConnection>, ServedService {
  readonly isAcceptor = true;
  readonly isWatchful = false;
  readonly number: number;
  readonly account: StreamAccount;
  readonly grant: ServiceGrant;

  readonly #host: ServiceHost;
  readonly #log: ServiceLog;
  #config: ServiceConfig;
  #ownTarget: OwnService | undefined;
  #credentials: Credentials;
  /** The principal and certificates of `#credentials`. */
  #own: Proof;
  #allow: ReadonlySet<string>;
  #tokens: ResetTokens;
  readonly #accepted = new Map<EndConnection, Accepted>();
  readonly #handshakes = new CodeCounts();
  #established = 0;
  readonly #serving: Serving;
  #flowAccount: FlowAccount | undefined;
  readonly #noFlows = new DatagramDrops();
  #isStopped = false;

  constructor(
    host: ServiceHost,
    number: number,
    config: ServiceConfig,
    credentials: Credentials,
    { own, accounts: { streams, flows } }: ServiceEndOptions,
  ) {
    this.#ownTarget = own;
    this.#host = host;
    this.#log = new ServiceLog(host.log.limited, config.name);
    this.number = number;
    this.#config = config;
    this.account = streams;
    this.grant = new ServiceGrant(() => host.grants.bootNow);
    this.grant.require(config.needsGrant === true);
    this.#flowAccount = flows;
    this.#credentials = credentials;
    this.#own = host.principals.own(credentials);
    this.#allow = new Set(config.allow);
    this.#tokens = tokensOf(credentials);
    this.#serving = host.servingOf(this);
  }

  get config(): ServiceConfig {
    return this.#config;
  }

  /** The target, when this process is the target. */
  get own(): OwnService | undefined {
    return this.#ownTarget;
  }

  /** Undefined for a service of streams. */
  get flowAccount(): FlowAccount | undefined {
    return this.#flowAccount;
  }

  get datagramDrops(): DatagramDrops {
    return this.flowAccount?.drops ?? this.#noFlows;
  }

  /** Another config is in force: new streams go to its target, and connections that it does not allow end at once. */
  reconfigure(config: ServiceConfig, own: OwnService | undefined, now: number): void {
    this.#config = config;
    this.grant.require(config.needsGrant === true);
    this.#ownTarget = own;
    this.#allow = new Set(config.allow);
    if (own?.dialFlow !== undefined) this.#flowAccount ??= new FlowAccount();
    this.#serving.handleChange();
    for (const connection of this.#accepted.keys()) {
      const misfit = this.#misfitOf(connection);
      if (misfit !== undefined) connection.closeFor(misfit, now);
    }
  }

  /** The service is removed: its connections end at once, since their packets are not delivered from now on. */
  remove(now: number): void {
    this.stop();
    const text = `service ${this.config.name} was removed`;
    for (const connection of this.#accepted.keys())
      connection.closeFor({ code: Code.unknownService, reason: text, isUrgent: true }, now);
    this.#serving.close();
  }

  /** Handshakes by outcome: `established`, or the name of the code that ended them. */
  get handshakes(): Counts {
    return { established: this.#established, ...this.#handshakes.toJSON() };
  }

  /** Accepts connections with these credentials from now on, and asks originators to renew their connections. */
  handleCredentials(credentials: Credentials): void {
    this.#credentials = credentials;
    this.#own = this.#host.principals.own(credentials);
    this.#tokens = tokensOf(credentials);
    for (const connection of this.#accepted.keys()) {
      if (connection.peerHello !== undefined) connection.tell(encodeRenew());
    }
  }

  /** Why the service accepts no connections, for people; "" when it does. */
  get problem(): string {
    return this.#host.principals.ownRefusalOf(this.#own)?.text ?? "";
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Refuses new streams; present streams go on, but flows end. */
  stop(): void {
    this.#isStopped = true;
    this.#serving.handleChange();
  }

  /** The service may be served until then; 0: it may not be served. */
  setGrant(until: number): void {
    if (this.grant.set(until)) this.#serving.handleChange();
  }

  /** The grant is over: connections end at once, and with them streams and flows. Peers may connect again, and their streams are refused. */
  endGrant(now: number): void {
    this.grant.close();
    this.#serving.handleGrantEnd();
    for (const connection of this.#accepted.keys()) {
      if (connection.peerHello !== undefined) connection.closeFor(noGrant, now);
    }
  }

  prefixFor(peer: string | undefined): Uint8Array {
    return this.config.tellsPrincipal && peer !== undefined ? proxyHeader(peer) : nothing;
  }

  resetToken(idHigh: number, idLow: number): Uint8Array {
    const id = new Uint8Array(8);
    writeUint32(id, 0, idHigh);
    writeUint32(id, 4, idLow);
    return this.#tokens.token(id);
  }

  /** Starts a connection with its first packet, if one more fits; returns whether it did. */
  accept({ idHigh, idLow, way, payload }: FirstPacket, originalId: Uint8Array | undefined, now: number): boolean {
    const origin = { inLink: way.outLink, isKnown: this.#host.halfOpen.isKnown(way) };
    const halfOpen = this.#host.halfOpen.enter(way, now);
    if (halfOpen === undefined) return false;
    const shared = quicConfig(this.#credentials, PAYLOAD_MAX, this.#host.limits.streamsOpenMax, this.#host.limits);
    const handshake = knownOf(this.#host, way);
    const statelessResetToken = this.resetToken(idHigh, idLow);
    const config = { ...shared, initialRttMs: handshake.rttMs, statelessResetToken };
    const quic = this.#host.engine.accept(config, nothing, originalId, payload, now);
    // Before a handshake, the class in the packet's header gains the sender nothing.
    const whose = { own: this.#own, carriage: plainCarriage, handshake };
    const place = { idHigh, idLow, way, payloadMax: PAYLOAD_MAX, ...whose };
    const connection = new EngineConnection(this.#host, this, quic, place, now);
    this.#accepted.set(connection, { origin, credentials: this.#credentials, halfOpen });
    this.#host.addAccepted(connection, this);
    connection.handleTaken(payload.length, now);
    return true;
  }

  acceptStreams(connection: EngineConnection, streams: OpeningConnection): OpeningStreams | undefined {
    return this.#serving.acceptStreams(connection, streams);
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
    const chain = connection.quic.peerCertificates() ?? [];
    const verdict = principals.verifyOriginator(chain, this.#credentials, this.config.isOverlay === true);
    if (!("principal" in verdict)) return verdict;
    if (!this.#allow.has(verdict.principal)) {
      return notOnList(verdict.principal);
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
    connection.sender.carriage = carriageOf(hello);
    learnFrom(connection, this.#host);
    const ended = this.#host.lives.admit(connection.peer!, hello, connection);
    if (ended === undefined) {
      this.#handshakes.add(Code.superseded);
      return { code: Code.superseded, reason: "a later life of this vertex is connected" };
    }
    for (const other of ended) other.close(Code.superseded, "the originator was restarted", now);
    if (this.#accepted.get(connection)?.credentials !== this.#credentials) connection.tell(encodeRenew());
    return undefined;
  }

  /** Acts on originators that do not replace a connection in time, as they should. */
  handleOpened(connection: EngineConnection, streams: number, share: number): void {
    if (streams === Math.floor(RENEWAL_FACTOR * share)) connection.tell(encodeRenew());
    if (streams <= CLOSING_FACTOR * share) return;
    connection.close(Code.tooManyStreams, "this connection has had its share", this.#host.now());
  }

  handleFailedStreams(connection: EndConnection, streams: number): void {
    for (let left = streams; left > 0; left--) this.#handleFailed(connection);
  }

  handleHandedOver(from: EndConnection, to: EndConnection): void {
    const accepted = this.#accepted.get(from);
    if (accepted === undefined) return;
    this.#accepted.delete(from);
    this.#accepted.set(to, accepted);
    this.#host.lives.replace(from.peer!, from.peerHello!, from, to);
  }

  /**
   * A reset counts only when the stream was short: a workload that ends resets all its streams, and long ones were
   * worth their cost.
   */
  handleReset(connection: EngineConnection, relay: StreamRelay): void {
    if (this.#host.now() < relay.startedAt + this.#host.limits.openMs) this.#handleFailed(connection);
  }

  handleRenewal(): void {
    // Only the originator makes connections.
  }

  handlePressure(): void {
    // Only the originator opens streams.
  }

  /** Only an originator chooses a way. */
  handleSilent(): void {}
  handleUnanswered(): void {}
  handleAnswered(): void {}

  /** Only the originator opens streams. */
  handleRoom(): void {}

  handleSizeDoubt(): void {
    // Only the originator probes the path's size.
  }

  handleClosed(connection: EndConnection, end: ConnectionEnd, now: number): void {
    const accepted = this.#accepted.get(connection);
    if (accepted === undefined) return;
    this.#leaveHalfOpen(connection, undefined);
    this.#accepted.delete(connection);
    if (connection.peer !== undefined) this.#log.handleDown(connection.peer, end);
    if (connection.peer === undefined) {
      this.#handshakes.add(end.code);
      if (connection instanceof EngineConnection) learnFrom(connection, this.#host);
      if (end.cause !== "silent") this.#host.refusalLimit.handleRefused(accepted.origin, now);
      return this.#log.handleRefused(end, accepted.origin.inLink);
    }
    this.#host.principals.leave(connection.peer);
    if (connection.peerHello !== undefined) {
      this.#host.lives.remove(connection.peer, connection.peerHello, connection);
    }
  }

  #takes(trafficClass: TrafficClass): boolean {
    const { classes } = this.config;
    return classes === undefined ? trafficClass !== TrafficClass.control : classes.has(trafficClass);
  }

  #refuseClass(peer: string, trafficClass: TrafficClass): Refusal {
    const reason = wrongClassText(this.config.name, trafficClass);
    this.#handshakes.add(Code.wrongClass);
    this.#log.handleWrongClass(peer, reason);
    return { code: Code.wrongClass, reason };
  }

  /** Why a connection that was let in has to end under the present config; undefined: it may stay. */
  #misfitOf({ peer, peerHello, trafficClass }: EndConnection): Refusal | undefined {
    if (peer === undefined) return undefined;
    if (!this.#allow.has(peer)) return { ...notOnList(peer), isUrgent: true };
    if (peerHello === undefined || this.#takes(trafficClass)) return undefined;
    return { code: Code.wrongClass, reason: wrongClassText(this.config.name, trafficClass), isUrgent: true };
  }

  /** A failed stream too many ends all connections of the principal to the service. */
  #handleFailed(connection: EndConnection): void {
    const { peer } = connection;
    const { conduct } = this.#host;
    const now = this.#host.now();
    if (peer === undefined) return;
    const wasWelcome = conduct.isWelcome(peer, now);
    if (conduct.handleFailed(peer, now)) return;
    const ended = wasWelcome ? [...this.#accepted.keys()].filter((other) => other.peer === peer) : [connection];
    for (const other of ended) other.close(Code.tooManyStreams, tooManyFailed, now);
  }

  /** @param principal The principal that was let in; undefined: none was. */
  #leaveHalfOpen(connection: EndConnection, principal: string | undefined): void {
    const accepted = this.#accepted.get(connection);
    if (accepted?.halfOpen === undefined) return;
    this.#host.halfOpen.leave(accepted.halfOpen, principal, this.#host.now());
    accepted.halfOpen = undefined;
  }
}

function notOnList(principal: string): Refusal {
  return { code: Code.notAllowed, reason: "", text: `${principal} is not on the allow list` };
}

function tokensOf({ privateKeyPem }: Credentials): ResetTokens {
  return new ResetTokens(privateKeyPem, "transport");
}
