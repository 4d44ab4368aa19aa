import type { Instance } from "@florenetes/wire-values";
import type { LinkObserver } from "@florenetes/link-flor/src/link-protocol.ts";
import { prove } from "@florenetes/link-flor/src/quic-link/drivers/proof.ts";
import { QuicClusterLinks } from "@florenetes/link-flor/src/quic-link/quic-cluster-links.ts";
import { RetryTokens } from "@florenetes/quic";
import type { Life } from "@florenetes/simkit";
import type { LinkHandles } from "./link-handles.ts";
import { PortableSessions } from "@florenetes/link-flor/src/quic-link/data-plane/portable/portable-sessions.ts";
import { endpointIdentityOf, revocations } from "./sim-identities.ts";
import type { SimNetwork } from "./sim-network.ts";
import { SimSocket } from "./sim-socket.ts";
import type { SimWorld } from "./sim-world.ts";

/** The times after which a link gets a new session: while faults happen, or hardly ever. */
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

/** The links of a vertex over the simulated network. All news and packets under a handle are checked on the way. */
export class SimLinks extends QuicClusterLinks {
  readonly #handles: LinkHandles;

  constructor({ world, life, network, vertex, host, instance, observer, handles }: SimLinksOptions) {
    const { engine, random } = world;
    const identityOf = () => endpointIdentityOf(vertex);
    const time = world.timeOf(life);
    super(
      {
        engine,
        instance,
        time,
        revocations,
        identityOf,
        identity: identityOf(),
        retryTokens: new RetryTokens(random.bytes(32)),
        deadAfterMs: () => 1_000,
        quietSeconds: () => 0,
        renewal: { afterMs: random.pick(renewalMs), afterPackets: Infinity },
        payloadMaxTo: () => 1_452,
        random: () => random.next(),
        randomBytes: (length) => random.bytes(length),
        prove,
        openSessions: () => new PortableSessions(),
      },
      watched(observer, handles),
    );
    this.#handles = handles;
    const socket = new SimSocket(network, { host, port: 4_433 });
    network.attach(host, (bytes, from) => {
      life.take(() => void (socket.counters.received += this.onDatagrams(bytes, from)));
    });
    this.join({
      socket,
      resolve: (host, port, done) => done({ host, port }, ""),
      openDoor: () => undefined,
      kept: { handleChange() {}, close() {} },
    });
  }

  override send(handle: number, packet: Uint8Array, start: number, end: number, inLink: number): void {
    this.#handles.checkSent(handle);
    super.send(handle, packet, start, end, inLink);
  }
}

function watched(observer: LinkObserver, handles: LinkHandles): LinkObserver {
  return {
    onStatus: (status) => {
      handles.handleStatus(status);
      observer.onStatus(status);
    },
    onOfferFailed: (offer) => observer.onOfferFailed(offer),
    onKnock: (knock) => observer.onKnock(knock),
    onPacket: (handle, packet, start, end) => {
      handles.checkPacket(handle);
      observer.onPacket(handle, packet, start, end);
    },
    onPacketsEnd: () => observer.onPacketsEnd(),
  };
}
