import { randomBytes } from "node:crypto";
import { LINK_NONE } from "@florenetes/forwarding";
import type { Knock, LinkStatus, LinkWish } from "@florenetes/portal-api";
import { type QuicEngine, RetryTokens } from "@florenetes/quic";
import { quicheEngine } from "@florenetes/quic/portable";
import { chainVerifier, simulatedEngine } from "@florenetes/quic/simulated";
import { Random } from "@florenetes/simkit";
import { type Clocks, type RevocationList, type RevocationPolicy, Revocations } from "@florenetes/identity";
import type { IssuedIdentity } from "@florenetes/identity/authority";
import type { UdpAddress } from "../../src/quic-link/addresses/link-address.ts";
import { Endpoint } from "../../src/quic-link/endpoint.ts";
import { endpointIdentity } from "../../src/quic-link/endpoint-identity.ts";
import type { EndpointIdentity } from "../../src/quic-link/endpoint-options.ts";
import { prove } from "../../src/quic-link/drivers/proof.ts";
import { UDP_PAYLOAD_MAX } from "../../src/quic-link/limits.ts";
import type { OpenDoor } from "../../src/quic-link/visits/visit.ts";
import type { Renewal } from "../../src/quic-link/sessions/session-life.ts";
import { NativeSessions } from "../../src/quic-link/data-plane/native/native-sessions.ts";
import { PortableSessions } from "../../src/quic-link/data-plane/portable/portable-sessions.ts";
import { MemoryLane } from "./data-plane/native/memory-lane.ts";
import { credentialsOf, type Identities } from "./identities.ts";

export interface Datagram {
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
}

/** An endpoint on a `Wire`, with its observer's notes. */
export class Station {
  readonly name: string;
  /** `host:port`, as the wire knows it; may be changed, as a NAT does. */
  address: string;
  readonly endpoint: Endpoint;
  /** The revocation lists of the station; a list that a test puts there is in force after `endpoint.handleRevocations`. */
  readonly revocations: Revocations;
  readonly history: string[] = [];
  readonly failedOffers: string[] = [];
  readonly knocks: Knock[] = [];
  readonly statuses = new Map<string, LinkStatus>();
  readonly received: { readonly handle: number; readonly packet: Uint8Array }[] = [];
  /** The lane that has the sessions that are up, if the wire has lanes. */
  readonly lane: MemoryLane | undefined;
  /** The error of the station's wall clock, in milliseconds. */
  clockOffMs = 0;
  readonly #wire: Wire;
  readonly #graceMs: number;
  readonly #openDoor: OpenDoor | undefined;

  constructor(wire: Wire, address: string, identity: IssuedIdentity, options: StationOptions = {}) {
    this.#wire = wire;
    this.#graceMs = options.expiryGraceMs ?? 0;
    this.#openDoor = options.openDoor;
    this.name = identity.principal.name;
    this.address = address;
    this.revocations = new Revocations({ isRequired: false, graceMs: 0, ...options.policy });
    for (const list of options.lists ?? []) this.revocations.put(list);
    const lane = wire.hasLanes
      ? new MemoryLane({
          now: () => wire.now,
          onEvent: (session, event) => sessions?.handleEvent(session, event, wire.now),
          onPacket: (handle, packet) => this.received.push({ handle, packet }),
        })
      : undefined;
    const sessions = lane && new NativeSessions(lane, () => {});
    this.lane = lane;
    this.endpoint = new Endpoint(
      {
        plane: sessions ?? new PortableSessions(),
        engine: wire.engine,
        identity: this.#identityOf(identity),
        revocations: this.revocations,
        retryTokens: new RetryTokens(randomBytes(32)),
        instance: { startedAt: options.startedAt ?? Date.now(), id: randomBytes(8).toString("hex") },
        deadAfterMs: () => options.deadAfterMs ?? 1_000,
        quietSeconds: () => options.quietSeconds ?? 0,
        renewal: { afterMs: Infinity, afterPackets: Infinity, ...options.renewal },
        payloadMaxTo: () => options.payloadMax ?? 1_452,
        wallClock: () => this.#clocks.wall,
        random: () => Math.random(),
        randomBytes: (length) => randomBytes(length),
        prove,
      },
      {
        onStatus: (status) => {
          const known = this.statuses.get(`${status.peer}/${status.tag}`);
          this.statuses.set(`${status.peer}/${status.tag}`, status);
          // The preferred size depends on how busy the machine is: a change of it alone is no news.
          if (known?.state === "up" && known.handle === status.handle) return;
          this.history.push(`${status.peer}/${status.tag} ${status.state} ${status.code}`.trimEnd());
        },
        onOfferFailed: ({ peer, code }) => this.failedOffers.push(`${peer ?? "?"} ${code}`),
        onKnock: (knock) => this.knocks.push(knock),
        onVisit: (handlers) => this.#openDoor?.(handlers),
        onPacket: (handle, packet, start, end) =>
          this.received.push({ handle, packet: Uint8Array.from(packet.subarray(start, end)) }),
        onResolve: (attempt, host, port) => this.endpoint.handleResolved(attempt, { host, port }, "", wire.now),
      },
      wire.now,
    );
    wire.stations.push(this);
  }

  want(peer: string, role: LinkWish["role"], address = "", tag = "0", pins?: ReadonlySet<string>): void {
    const endpoint = address === "" ? "" : `udp://${address}`;
    this.endpoint.links.want({ peer, tag, role, endpoint, pins }, this.#wire.now);
  }

  /** Takes another certificate, as after SIGHUP. */
  renew(identity: IssuedIdentity): void {
    this.endpoint.handleIdentity(this.#identityOf(identity), this.#wire.now);
  }

  get #clocks(): Clocks {
    return { wall: new Date(this.#wire.wallTime + this.clockOffMs), monotonic: this.#wire.now };
  }

  #identityOf(identity: IssuedIdentity): EndpointIdentity {
    const endedDoor = this.#openDoor && {};
    const scope = { cluster: "demo", revocations: this.revocations, expiryGraceMs: this.#graceMs, endedDoor };
    return endpointIdentity(scope, credentialsOf(identity), () => this.#clocks);
  }

  /** Puts a revocation list in force. */
  takeList(list: RevocationList): void {
    this.revocations.put(list);
    this.endpoint.handleRevocations(this.#wire.now);
  }

  status(peer: string, tag = "0"): LinkStatus | undefined {
    return this.statuses.get(`${peer}/${tag}`);
  }

  send(peer: string, packet: Uint8Array): void {
    this.sendUnder(this.status(peer)?.handle ?? 0, packet);
  }

  sendUnder(handle: number, packet: Uint8Array): void {
    const frame = Uint8Array.of(0, 0, 0, ...packet);
    if (this.lane === undefined) this.endpoint.send(handle, frame, 3, frame.length, LINK_NONE, this.#wire.now);
    else this.lane.send(handle, frame, 3);
  }
}

export interface StationOptions {
  readonly startedAt?: number;
  readonly deadAfterMs?: number;
  readonly quietSeconds?: number;
  /** The largest UDP payload of the station's interface. */
  readonly payloadMax?: number;
  readonly renewal?: Partial<Renewal>;
  readonly policy?: Partial<RevocationPolicy>;
  readonly expiryGraceMs?: number;
  /** The door of the station. */
  readonly openDoor?: OpenDoor;
  /** Revocation lists in force from the start. */
  readonly lists?: readonly RevocationList[];
}

/** Whether stations hand their sessions over once they are up, as with a data thread. */
export const wires = { haveLanes: false };

/** Carries datagrams between endpoints in memory and in virtual time, without real waits. */
export class Wire {
  now = 1_000;
  /** How many milliseconds a turn takes: longer turns let minutes pass at less cost. */
  turnMs = 1;
  readonly engine: QuicEngine;
  readonly hasLanes: boolean = wires.haveLanes;
  readonly #startedAt = Date.now() - this.now;
  readonly stations: Station[] = [];
  /** Every datagram that was sent, whether it arrived or not. */
  readonly seen: Datagram[] = [];
  /** Whether a datagram gets lost. */
  lose: (datagram: Datagram) => boolean = () => false;
  /** How long each datagram is under way. */
  delayMs = 0;
  readonly #underWay: { readonly datagram: Datagram; readonly arrivesAt: number }[] = [];
  readonly #out = new Uint8Array(UDP_PAYLOAD_MAX);

  constructor(engine?: QuicEngine) {
    const random = new Random(1);
    const verifyChain = chainVerifier(() => this.wallTime);
    this.engine = engine ?? simulatedEngine({ random: () => random.next(), verifyChain });
  }

  /** The right time, in milliseconds since 1970. */
  get wallTime(): number {
    return this.#startedAt + this.now;
  }

  inject(datagram: Datagram): void {
    const station = this.stations.find(({ address }) => address === datagram.to);
    const [host = "", port = ""] = datagram.from.split(":");
    const from = { host, port: Number(port) };
    if (station?.lane?.handleReset(datagram.bytes, from) === true) return;
    station?.endpoint.handleDatagram(Uint8Array.from(datagram.bytes), from, this.now);
  }

  /** Removes a station, as a process that is killed. */
  remove(station: Station): void {
    this.stations.splice(this.stations.indexOf(station), 1);
  }

  /** Gives every endpoint a turn. */
  step(): void {
    while (this.#underWay.length > 0 && this.#underWay[0]!.arrivesAt <= this.now) {
      this.inject(this.#underWay.shift()!.datagram);
    }
    for (const station of this.stations) {
      station.lane?.turn();
      if (station.endpoint.nextTimeout() <= this.now) station.endpoint.handleTimeout(this.now);
      station.endpoint.settle(this.now);
      for (let i = 0; i < 1_000; i++) {
        const length = station.endpoint.pollTransmit(this.#out, this.now);
        if (length === 0) break;
        this.#send(station, station.endpoint.transmitTo, this.#out.slice(0, length));
      }
      for (const { to, bytes } of station.lane?.transmit() ?? []) this.#send(station, to, bytes);
    }
  }

  #send(station: Station, { host, port }: UdpAddress, bytes: Uint8Array): void {
    const datagram = { from: station.address, to: `${host}:${port}`, bytes };
    this.seen.push(datagram);
    if (this.lose(datagram)) return;
    if (this.delayMs === 0) this.inject(datagram);
    else this.#underWay.push({ datagram, arrivesAt: this.now + this.delayMs });
  }

  async run(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end;) {
      this.step();
      await this.endTurn();
    }
  }

  /** Runs until something is true; returns after how many milliseconds. */
  async until(what: string, isTrue: () => boolean, timeoutMs = 5_000): Promise<number> {
    const start = this.now;
    for (this.step(); !isTrue(); this.step()) {
      if (this.now - start > timeoutMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
      await this.endTurn();
    }
    return this.now - start;
  }

  async endTurn(): Promise<void> {
    this.now += this.turnMs;
  }
}

/** A turn of a machine that has nothing else to do takes little more than 1 ms. */
const REAL_TURN_MS_MAX = 5;

/**
 * A wire with quiche, for tests that depend on its packets. Its time is the real one, as quiche has a clock of its own; but
 * time that the machine took beyond `REAL_TURN_MS_MAX` in a turn is not counted, so that a busy machine is no slow peer.
 */
export class RealWire extends Wire {
  #turnedAt = performance.now();

  constructor() {
    super(quicheEngine);
  }

  override async endTurn(): Promise<void> {
    await new Promise((done) => setTimeout(done, 1));
    const real = performance.now();
    this.now += Math.min(real - this.#turnedAt, REAL_TURN_MS_MAX);
    this.#turnedAt = real;
  }
}

export const addressA = "10.0.0.1:1001";
export const addressB = "10.0.0.2:1002";

export interface Pair {
  readonly a: Station;
  readonly b: Station;
}

/** Starts a, which originates a link to b, and b, which accepts it. */
export function startPair(wire: Wire, ids: Identities, options: StationOptions = {}): Pair {
  const a = new Station(wire, addressA, ids.issue("a"), options);
  const b = new Station(wire, addressB, ids.issue("b"), options);
  b.want("a", "acceptor");
  a.want("b", "originator", addressB);
  return { a, b };
}

export const areUp =
  ({ a, b }: Pair) =>
  (): boolean =>
    a.status("b")?.state === "up" && b.status("a")?.state === "up";
