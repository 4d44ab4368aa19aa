import type { ClusterLinks, LinkEnd, LinkObserver, LinkStatusRow } from "@florenetes/link-flor/src/link-protocol.ts";
import { prove } from "@florenetes/link-flor/src/quic-link/drivers/proof.ts";
import { Endpoint } from "@florenetes/link-flor/src/quic-link/endpoint.ts";
import { formatEndpoint, type UdpAddress } from "@florenetes/link-flor/src/quic-link/addresses/link-address.ts";
import { UDP_PAYLOAD_MAX } from "@florenetes/link-flor/src/quic-link/limits.ts";
import { reasons, verdict } from "@florenetes/link-flor/src/quic-link/reasons.ts";
import type { LinkKey, LinkStats, LinkWish } from "@florenetes/portal-api";
import { RetryTokens } from "@florenetes/quic";
import type { Instance } from "@florenetes/instances";
import type { Life } from "@florenetes/simkit";
import type { LinkHandles } from "./link-handles.ts";
import type { SimNetwork } from "./sim-network.ts";
import { endpointIdentityOf, revocations } from "./sim-identities.ts";
import type { SimWorld } from "./sim-world.ts";

/** When a link gets a new session: while faults happen, or hardly ever. */
const renewalMs = [1_500, 20_000];
export interface SimLinksOptions {
  readonly world: SimWorld;
  readonly life: Life;
  readonly network: SimNetwork;
  /** Name of the vertex. */
  readonly vertex: string;
  readonly host: string;
  readonly instance: Instance;
  readonly observer: LinkObserver;
  readonly handles: LinkHandles;
}

/** The links of `quicLinkProtocol`, with the simulated network for its socket: turns, timer and observer are as there. */
export class SimLinks implements ClusterLinks {
  readonly traffic = { received: 0, sent: 0 };
  readonly drops = {};
  readonly listening: string;
  readonly #options: SimLinksOptions;
  readonly #endpoint: Endpoint;
  readonly #timer: { set(at: number): void };
  readonly #out = new Uint8Array(UDP_PAYLOAD_MAX);
  #cancelTurn: (() => void) | undefined;

  constructor(options: SimLinksOptions) {
    const { life, network, host } = options;
    this.#options = options;
    this.listening = formatEndpoint({ host, port: 4_433 });
    this.#endpoint = makeEndpoint(options);
    this.#timer = life.timer(() => this.#planTurn());
    network.attach(host, (bytes, from) => life.take(() => this.#handleDatagram(bytes, from)));
  }

  get handshakes(): Endpoint["handshakes"] {
    return this.#endpoint.handshakes;
  }

  want(wish: LinkWish): void {
    this.#endpoint.links.want(wish, this.#options.world.now);
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
    this.#options.handles.checkSent(handle);
    this.#endpoint.send(handle, packet, start, end, this.#options.world.now);
    this.#planTurn();
  }

  flush(): void {
    if (this.#cancelTurn !== undefined) this.#turn();
  }

  stats(): LinkStats[] {
    return this.#endpoint.links.stats();
  }

  rows(): LinkStatusRow[] {
    return this.#endpoint.links.rows(this.#options.world.now);
  }

  handleCredentials(): void {}
  handleRevocations(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }

  #handleDatagram(bytes: Uint8Array, from: UdpAddress): void {
    this.#endpoint.handleDatagram(bytes, from, this.#options.world.now);
    this.#planTurn();
  }

  #planTurn(): void {
    this.#cancelTurn ??= this.#options.life.soon(() => this.#turn());
  }

  #turn(): void {
    const { world, observer, network, host } = this.#options;
    const { now } = world;
    this.#cancelTurn?.();
    this.#cancelTurn = undefined;
    this.#endpoint.handleTimeout(now);
    this.#endpoint.settle(now);
    observer.onPacketsEnd();
    for (;;) {
      const length = this.#endpoint.pollTransmit(this.#out, now);
      if (length === 0) break;
      network.send(host, this.#endpoint.transmitTo.host, this.#out.slice(0, length));
    }
    const next = this.#endpoint.nextTimeout();
    if (next <= now) this.#planTurn();
    else this.#timer.set(next);
  }
}

function makeEndpoint({ world, vertex, instance, observer, handles }: SimLinksOptions): Endpoint {
  const { random } = world;
  const endpoint: Endpoint = new Endpoint(
    {
      engine: world.engine,
      identity: endpointIdentityOf(vertex),
      revocations,
      retryTokens: new RetryTokens(random.bytes(32)),
      instance,
      deadAfterMs: 1_000,
      renewal: { afterMs: random.pick(renewalMs), afterPackets: Infinity },
      payloadMaxTo: () => 1_452,
      wallClock: () => world.wallClock(),
      random: () => random.next(),
      randomBytes: (length) => random.bytes(length),
      prove,
    },
    {
      onStatus: (status) => {
        handles.handleStatus(status);
        observer.onStatus(status);
      },
      onOfferFailed: (offer) => observer.onOfferFailed(offer),
      onPacket: (handle, packet, start, end) => {
        handles.checkPacket(handle);
        observer.onPacket(handle, packet, start, end);
      },
      onResolve: (attempt, host, port) => endpoint.handleResolved(attempt, { host, port }, "", world.now),
    },
    world.now,
  );
  return endpoint;
}
