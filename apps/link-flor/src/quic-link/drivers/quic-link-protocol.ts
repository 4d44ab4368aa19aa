import { randomBytes } from "node:crypto";
import { lookup, V4MAPPED } from "node:dns";
import { isIP } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Instance } from "@florenetes/instances";
import { type Clocks, Term } from "@florenetes/identity";
import { type QuicEngine, ResetTokens, RetryTokens } from "@florenetes/quic";
import type { LinkKey, LinkStats, LinkWish } from "@florenetes/portal-api";
import { type Counts } from "@florenetes/process-kit";
import { EarliestTimer, monotonicNow } from "@florenetes/timing";
import type { LinkStatusRow, LinkTraffic } from "../../link-protocol.ts";
import type {
  ClusterLinks,
  LinkCluster,
  LinkCredentials,
  LinkEnd,
  LinkObserver,
  LinkProtocol,
  RevocationLists,
} from "../../link-protocol.ts";
import { Endpoint } from "../endpoint.ts";
import type { EndpointIdentity } from "../endpoint-options.ts";
import { formatEndpoint, type UdpAddress } from "../addresses/link-address.ts";
import { PACKET_SIZE_MAX, RENEW_AFTER_MS, RENEW_AFTER_PACKETS, TRANSMITS_PER_TURN } from "../limits.ts";
import { quicConfig } from "../quic-settings.ts";
import { verifyVertex } from "../peers/verify-vertex.ts";
import { reasons, verdict } from "../reasons.ts";
import { canonicalAddress } from "./canonical-address.ts";
import { interfacePayload } from "./interface-payload.ts";
import { KeptAddresses } from "./kept-addresses.ts";
import { listenError } from "./listen-error.ts";
import { prove } from "./proof.ts";
import { UdpSocket } from "./udp-socket.ts";

/** While the kernel's buffer is full. */
const RETRY_DELAY_MS = 1;
/** A process that stops waits this long at most until all neighbours are told. They miss it after a second of silence anyway, as a rule. */
const GOODBYE_MS = 500;
const GOODBYE_POLL_MS = 5;

/**
 * Links as QUIC connections over UDP (docs/link-protocol.md). Opening a cluster throws OperatorError `ERR_LINK_LISTEN` when its
 * address cannot be bound.
 */
export function quicLinkProtocol(instance: Instance, engine: QuicEngine): LinkProtocol {
  return {
    packetSizeMax: PACKET_SIZE_MAX,
    async open(cluster: LinkCluster, observer: LinkObserver): Promise<ClusterLinks> {
      const links = new QuicClusterLinks(cluster, observer, instance, engine);
      await links.bind(cluster.listen);
      return links;
    },
  };
}

/** The driver of one endpoint: its UDP socket, its timer, and the look-up of names. */
class QuicClusterLinks implements ClusterLinks {
  readonly #endpoint: Endpoint;
  readonly #kept: KeptAddresses;
  readonly #scope: IdentityScope;
  readonly #observer: LinkObserver;
  readonly #turnBound = (): void => this.#turn();
  /** Its turn does not come at once: a process that was stopped reads what its peers have said before it judges them. */
  readonly #timer = new EarliestTimer(() => this.#planTurn());
  readonly #lookUps = new Map<string, ((address: string | undefined, problem: string) => void)[]>();
  #socket: UdpSocket | undefined;
  #turnPlanned: NodeJS.Immediate | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;

  constructor(cluster: LinkCluster, observer: LinkObserver, instance: Instance, engine: QuicEngine) {
    this.#observer = observer;
    const { revocations, expiryGraceMs } = cluster;
    this.#scope = { cluster: cluster.cluster, revocations, expiryGraceMs };
    this.#endpoint = new Endpoint(
      {
        engine,
        identity: identityOf(this.#scope, cluster.credentials),
        revocations: cluster.revocations,
        retryTokens: new RetryTokens(randomBytes(32)),
        instance,
        deadAfterMs: cluster.deadAfterMs,
        payloadMaxTo: (host) => cluster.udpPayloadMax ?? interfacePayload(host, cluster.listen.host),
        renewal: { afterMs: RENEW_AFTER_MS, afterPackets: RENEW_AFTER_PACKETS },
        wallClock: () => new Date(),
        random: () => Math.random(),
        randomBytes: (length) => randomBytes(length),
        prove,
      },
      {
        onStatus: (status) => {
          if (status.state === "up") this.#kept.handleChange();
          observer.onStatus(status);
        },
        onOfferFailed: (offer) => observer.onOfferFailed(offer),
        onPacket: (handle, packet, start, end) => observer.onPacket(handle, packet, start, end),
        onResolve: (attempt, host, port) => this.#resolve(attempt, host, port),
      },
      monotonicNow(),
    );
    this.#kept = new KeptAddresses(cluster.knownAddressesFile, this.#endpoint.strangers.known);
  }

  async bind(listen: LinkCluster["listen"]): Promise<void> {
    const onDatagrams = (datagrams: Buffer, from: UdpAddress): number => {
      this.#planTurn();
      return this.#endpoint.handleDatagram(datagrams, from, monotonicNow());
    };
    try {
      this.#socket = await UdpSocket.open(listen, { onDatagrams });
    } catch (error) {
      throw listenError(this.#scope.cluster, formatEndpoint(listen), error as NodeJS.ErrnoException);
    }
  }

  get listening(): string {
    return formatEndpoint(this.#socket!.address);
  }

  get handshakes(): Counts {
    return this.#endpoint.handshakes;
  }

  get traffic(): LinkTraffic {
    return { ...this.#socket!.counters, ...this.#endpoint.strangers.counters };
  }

  get drops(): Counts {
    const { strangers, links, drops } = this.#endpoint;
    return { ...strangers.drops, ...drops, packetsDroppedNoLink: links.packetsDroppedNoLink };
  }

  handleCredentials(credentials: LinkCredentials): void {
    this.#endpoint.handleIdentity(identityOf(this.#scope, credentials), monotonicNow());
    this.#planTurn();
  }

  handleRevocations(): void {
    this.#endpoint.handleRevocations(monotonicNow());
    this.#planTurn();
  }

  want(wish: LinkWish): void {
    this.#endpoint.links.want(wish, monotonicNow());
    this.#planTurn();
  }

  unwant(key: LinkKey, why: LinkEnd): void {
    this.#endpoint.links.unwant(key, verdict(reasons[why]));
    this.#planTurn();
  }

  unwantAll(why: LinkEnd): void {
    this.#endpoint.links.unwantAll(verdict(reasons[why]));
    this.#planTurn();
  }

  send(handle: number, packet: Uint8Array, start: number, end: number): void {
    this.#endpoint.send(handle, packet, start, end, monotonicNow());
    this.#planTurn();
  }

  flush(): void {
    if (this.#turnPlanned === undefined) return;
    clearImmediate(this.#turnPlanned);
    this.#turn();
  }

  stats(): LinkStats[] {
    return this.#endpoint.links.stats();
  }

  rows(): LinkStatusRow[] {
    return this.#endpoint.links.rows(monotonicNow());
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#endpoint.strangers.close();
    this.#endpoint.links.unwantAll(verdict(reasons.stopping));
    this.#turn();
    // A busy link has no room for last words at first.
    for (const until = monotonicNow() + GOODBYE_MS; this.#endpoint.isLeaving && monotonicNow() < until; this.#turn()) {
      await sleep(GOODBYE_POLL_MS);
    }
    this.#isClosed = true;
    this.#timer.close();
    this.#kept.close();
    await this.#socket!.close();
  }

  /** One turn for everything that happens in this round of the event loop: it runs when the sockets have been read. */
  #planTurn(): void {
    this.#turnPlanned ??= setImmediate(this.#turnBound);
  }

  #turn(): void {
    this.#turnPlanned = undefined;
    if (this.#isClosed) return;
    const now = monotonicNow();
    this.#endpoint.handleTimeout(now);
    this.#endpoint.settle(now);
    this.#observer.onPacketsEnd();
    this.#transmit(this.#socket!, now);
    const next = this.#endpoint.nextTimeout();
    if (next <= now) this.#planTurn();
    else this.#timer.set(next);
  }

  #transmit(socket: UdpSocket, now: number): void {
    let isWritable = socket.isWritable;
    for (let sent = 0; isWritable && sent < TRANSMITS_PER_TURN; sent++) {
      const length = this.#endpoint.pollTransmit(socket.slot, now);
      if (length === 0) break;
      isWritable = socket.sendSlot(length, this.#endpoint.transmitTo);
      if (sent === TRANSMITS_PER_TURN - 1) this.#planTurn();
    }
    socket.flush();
    if (socket.isWritable) return;
    socket.counters.socketFull++;
    this.#timer.set(now + RETRY_DELAY_MS);
  }

  #resolve(attempt: number, host: string, port: number): void {
    const socket = this.#socket!;
    const version = isIP(host);
    if (version === 0) {
      this.#lookUp(host, (address, problem) => {
        this.#resolved(attempt, address === undefined ? undefined : { host: address, port }, problem);
      });
    } else if (version === 6 && !socket.isIpv6) {
      this.#resolved(attempt, undefined, `${host}: this end listens on an IPv4 address`);
    } else {
      const address = version === 4 && socket.isIpv6 ? `::ffff:${host}` : canonicalAddress(socket.withoutScope(host));
      this.#resolved(attempt, { host: address, port }, "");
    }
  }

  /** One look-up of a name at a time: a name server that does not answer must not pile them up. */
  #lookUp(host: string, done: (address: string | undefined, problem: string) => void): void {
    const waiting = this.#lookUps.get(host);
    if (waiting !== undefined) {
      waiting.push(done);
      return;
    }
    const all = [done];
    this.#lookUps.set(host, all);
    const { isIpv6 } = this.#socket!;
    lookup(host, { family: isIpv6 ? 6 : 4, hints: isIpv6 ? V4MAPPED : 0 }, (error, address) => {
      this.#lookUps.delete(host);
      const problem = error === null ? "" : `${host}: ${error.code ?? error.message}`;
      for (const each of all) each(error === null ? address : undefined, problem);
    });
  }

  #resolved(attempt: number, address: UdpAddress | undefined, text: string): void {
    this.#endpoint.handleResolved(attempt, address, text, monotonicNow());
    this.#planTurn();
  }
}

/** Settings of an identity that stay when its credentials change. */
interface IdentityScope {
  readonly cluster: string;
  readonly revocations: RevocationLists;
  readonly expiryGraceMs: number;
}

/** @param credentials One object as long as they are the same: the engine keeps the TLS context with it. */
function identityOf(scope: IdentityScope, credentials: LinkCredentials): EndpointIdentity {
  const resetTokens = new ResetTokens(credentials.privateKeyPem, "link");
  const { certificates, validUntil } = credentials;
  const proof = { certificates, term: new Term(validUntil, scope.expiryGraceMs, undefined) };
  const verifier = { ...scope, credentials, proof };
  return {
    ...proof,
    quic: quicConfig(credentials),
    resetToken: (id) => resetTokens.token(id),
    verifyPeer: (chain, name) => verifyVertex(chain, name, verifier, readClocks()),
  };
}

function readClocks(): Clocks {
  return { wall: new Date(), monotonic: monotonicNow() };
}
