import type { LinkOutput } from "@florenetes/cluster-flor/src/forwarding/interfaces.ts";
import { DataFrameWriter, FIRST_PACKET, nextPacket, packetEnd } from "@florenetes/florio";
import { Revocations, Term } from "@florenetes/identity";
import { prove } from "@florenetes/link-flor/src/quic-link/drivers/proof.ts";
import type { UdpAddress } from "@florenetes/link-flor/src/quic-link/link-address.ts";
import { Endpoint } from "@florenetes/link-flor/src/quic-link/endpoint.ts";
import { udpPayloadMax } from "@florenetes/link-flor/src/quic-link/limits.ts";
import { quicConfig } from "@florenetes/link-flor/src/quic-link/quic-settings.ts";
import { verifyVertex } from "@florenetes/link-flor/src/quic-link/verify-vertex.ts";
import type { LinkStatus } from "@florenetes/portal-api";
import { ResetTokens, RetryTokens } from "@florenetes/quic";
import { addressOf, nameOf } from "./sim-names.ts";
import type { PlannedLink } from "./sim-plan.ts";
import { identityOf, type SimLife, type SimWorld } from "./sim-world.ts";

/** Bytes before a packet that an endpoint uses. */
const headroom = 3;

/** Who hears of the links. */
export interface SimLinksObserver {
  onFrame(link: number, frame: Uint8Array): void;
  onLinkUp(link: number): void;
  onLinkSize(link: number): void;
  onLinkWritable(link: number): void;
  /** A datagram leaves. */
  onDatagram(bytes: Uint8Array, to: UdpAddress): void;
}

/** One life of a node's links: the endpoint of link-flor, with a turn and a timer as its driver has them. */
export class SimLinks implements LinkOutput {
  readonly endpoint: Endpoint;
  readonly #world: SimWorld;
  readonly #life: SimLife;
  readonly #links: readonly PlannedLink[];
  readonly #observer: SimLinksObserver;
  readonly #statuses = new Map<number, LinkStatus>();
  /** What has come on each link in this turn. */
  readonly #frames = new Map<number, DataFrameWriter>();
  readonly #timer: { set(at: number): void };
  readonly #out = new Uint8Array(udpPayloadMax);
  #isTurnPlanned = false;

  constructor(world: SimWorld, life: SimLife, node: number, links: readonly PlannedLink[], observer: SimLinksObserver) {
    this.#world = world;
    this.#life = life;
    this.#links = links;
    this.#observer = observer;
    this.#timer = life.timer(() => this.#planTurn());
    this.endpoint = this.#makeEndpoint(node);
    for (const { peer, role } of links) {
      const endpoint = role === "originator" ? `udp://${addressOf(peer)}:4433` : "";
      this.endpoint.links.want({ peer: nameOf(peer), tag: "0", role, endpoint }, world.now);
    }
    this.#planTurn();
  }

  handleDatagram(bytes: Uint8Array, from: UdpAddress): void {
    this.endpoint.handleDatagram(bytes, from, this.#world.now);
    this.#planTurn();
  }

  isUp(link: number): boolean {
    return this.#statuses.get(link)?.state === "up";
  }

  isWritable(link: number): boolean {
    return this.#statuses.get(link)?.isCongested !== true;
  }

  mtu(link: number): number {
    return this.#statuses.get(link)?.mtu ?? 0;
  }

  preferredMtu(link: number): number {
    return this.#statuses.get(link)?.preferredMtu ?? 0;
  }

  sendPacket(link: number, packet: Uint8Array, start: number, end: number): boolean {
    const handle = this.#statuses.get(link)?.handle ?? 0;
    if (handle === 0) return false;
    const copy = new Uint8Array(headroom + end - start);
    copy.set(packet.subarray(start, end), headroom);
    this.endpoint.send(handle, copy, headroom, copy.length, this.#world.now);
    this.#planTurn();
    return true;
  }

  sendFrame(link: number, frame: Uint8Array): boolean {
    let isSent = true;
    for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
      isSent = this.sendPacket(link, frame, at, packetEnd(frame, at)) && isSent;
    }
    return isSent;
  }

  flush(): void {}

  #planTurn(): void {
    if (this.#isTurnPlanned) return;
    this.#isTurnPlanned = true;
    this.#life.soon(() => this.#turn());
  }

  #turn(): void {
    this.#isTurnPlanned = false;
    const { now } = this.#world;
    this.endpoint.handleTimeout(now);
    this.endpoint.settle(now);
    const frames = [...this.#frames];
    this.#frames.clear();
    for (const [link, frame] of frames) this.#observer.onFrame(link, frame.bytes());
    for (;;) {
      const length = this.endpoint.pollTransmit(this.#out, now);
      if (length === 0) break;
      this.#observer.onDatagram(this.#out.slice(0, length), this.endpoint.transmitTo);
    }
    const next = this.endpoint.nextTimeout();
    if (next <= now) this.#planTurn();
    else this.#timer.set(next);
  }

  #handlePacket(handle: number, packet: Uint8Array, start: number, end: number): void {
    const link = this.#links.findIndex((_, index) => this.#statuses.get(index)?.handle === handle);
    let frame = this.#frames.get(link);
    if (frame?.fits(end - start) === false) {
      this.#observer.onFrame(link, frame.bytes());
      frame = undefined;
    }
    if (frame === undefined) {
      frame = new DataFrameWriter();
      frame.reset(handle);
      this.#frames.set(link, frame);
    }
    frame.append(packet, start, end);
  }

  #handleStatus(status: LinkStatus): void {
    const link = this.#links.findIndex(({ peer }) => nameOf(peer) === status.peer);
    const before = this.#statuses.get(link);
    this.#statuses.set(link, status);
    if (status.state === "up" && before?.handle !== status.handle) this.#observer.onLinkUp(link);
    else if (before?.mtu !== status.mtu || before.preferredMtu !== status.preferredMtu) this.#observer.onLinkSize(link);
    if (before?.isCongested === true && !status.isCongested) this.#observer.onLinkWritable(link);
  }

  #makeEndpoint(node: number): Endpoint {
    const { random, engine } = this.#world;
    const credentials = identityOf("vertex", nameOf(node));
    const revocations = new Revocations({ isRequired: false, graceMs: 0 });
    const { certificates, validUntil } = credentials;
    const proof = { certificates, term: new Term(validUntil, 0, undefined) };
    const verifier = { cluster: "sim", credentials, proof, revocations, expiryGraceMs: 0 };
    const resetTokens = new ResetTokens(credentials.privateKeyPem, "link");
    const clocks = (): { wall: Date; monotonic: number } => ({
      wall: this.#world.wallClock(),
      monotonic: this.#world.now,
    });
    return new Endpoint(
      {
        engine,
        identity: {
          ...proof,
          quic: quicConfig(credentials),
          resetToken: (id) => resetTokens.token(id),
          verifyPeer: (chain, name) => verifyVertex(chain, name, verifier, clocks()),
        },
        revocations,
        retryTokens: new RetryTokens(random.bytes(32)),
        instance: { startedAt: this.#world.wallClock().getTime(), id: Buffer.from(random.bytes(8)).toString("hex") },
        deadAfterMs: 1_000,
        renewal: { afterMs: 20_000, afterPackets: Infinity },
        payloadMaxTo: () => 1_452,
        wallClock: () => this.#world.wallClock(),
        random: () => random.next(),
        randomBytes: (length) => random.bytes(length),
        prove,
      },
      {
        onStatus: (status) => this.#handleStatus(status),
        onOfferFailed: () => {},
        onPacket: (handle, packet, start, end) => this.#handlePacket(handle, packet, start, end),
        onResolve: (attempt, host, port) => this.endpoint.handleResolved(attempt, { host, port }, "", this.#world.now),
      },
      this.#world.now,
    );
  }
}
