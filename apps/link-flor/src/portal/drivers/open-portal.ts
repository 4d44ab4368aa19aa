import { randomBytes } from "node:crypto";
import { type FlorioCounters, florioLosses, florioRefusals } from "@florenetes/florio";
import { type HeldIdentity, Holdings, type HoldingsRefusal } from "@florenetes/identity";
import type { Instance } from "@florenetes/instances";
import type { LinksUp, Logger, PressureLoads } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/timing";
import { loadIdentity } from "../../config/identity.ts";
import type { ClusterSockets, PortalPort } from "../../cluster-sockets.ts";
import type { ClusterPortalStatus } from "../portal-status.ts";
import type { ClusterPortalConfig } from "../../config/link-config.ts";
import type { ClusterLinks, LinkProtocol } from "../../link-protocol.ts";
import { ClusterPortal } from "../cluster-portal.ts";

export interface PortalOptions {
  readonly config: ClusterPortalConfig;
  /** Folder where the newest revocation lists of this cluster are kept. */
  readonly revocationState: string;
  /** File where the addresses of this cluster's neighbours are kept. */
  readonly knownAddressesFile: string;
  readonly protocol: LinkProtocol;
  readonly sockets: ClusterSockets;
  readonly instance: Instance;
  readonly deadAfterMs: number;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** A cluster that is being served. */
export interface OpenPortal extends AsyncDisposable {
  readonly listening: string;
  status(): ClusterPortalStatus;
  /** How near it is to its limits; to be called once a second. */
  loads(): PressureLoads;
  /** Reads the identity and the revocation lists again, as `Holdings.reload` does. */
  reload(): Promise<readonly HoldingsRefusal[]>;
  /** How many of the links that the cluster vertex wants are up. */
  linksUp(): LinksUp;
  /** Tells neighbours and cluster vertex, and lets go of the sockets. */
  close(): Promise<void>;
}

/**
 * Serves one cluster: loads its identity, binds both sockets, and joins them.
 *
 * @throws IdentityError, FlorioError, or OperatorError of the link protocol (`ERR_LINK_…`)
 */
export async function openPortal(options: PortalOptions): Promise<OpenPortal> {
  const { config, revocationState, time, log } = options;
  const { cluster, revocation: policy, expiryWarningMs } = config;
  const identity = loadIdentity(config);
  const holdings = await Holdings.open({
    cluster,
    identities: [identity],
    stateFolder: revocationState,
    policy,
    expiryWarningMs,
    wallClock: time.wallClock,
    log,
  });
  const portal = new PortalDriver(options, identity, holdings);
  try {
    await portal.open();
    return portal;
  } catch (error) {
    await portal.close();
    throw error;
  }
}

/** All that one portal is made of: what is held, the links, FlorIO, and the core between them. */
class PortalDriver implements OpenPortal {
  readonly #options: PortalOptions;
  readonly #identity: HeldIdentity;
  readonly #holdings: Holdings;
  readonly #portal: ClusterPortal;
  #links: ClusterLinks | undefined;
  #florio: PortalPort | undefined;
  #isClosed = false;

  constructor(options: PortalOptions, identity: HeldIdentity, holdings: Holdings) {
    const { config, protocol } = options;
    this.#options = options;
    this.#identity = identity;
    this.#holdings = holdings;
    const principal = identity.credentials.principal.name;
    const { cluster } = config;
    // Where a thread of its own carries the packets, it is the one to forward them, and has the heartbeats.
    const { openTransit, lane } = options.sockets;
    const transit = openTransit === undefined ? { seed: randomBytes(4).readUInt32LE() } : { open: openTransit };
    const { name: linkProtocol, packetSizeMax: linkMtuMax } = protocol;
    const isPortRepeating = lane !== undefined;
    this.#portal = new ClusterPortal({
      ...options,
      cluster,
      principal,
      linkMtuMax,
      linkProtocol,
      transit,
      isPortRepeating,
    });
  }

  async open(): Promise<void> {
    const { config, protocol, sockets, deadAfterMs, knownAddressesFile } = this.#options;
    const { cluster, listen, bind, connect, udpPayloadMax, expiryGraceMs } = config;
    const { credentials } = this.#identity;
    const { revocations } = this.#holdings;
    const links = await protocol.open(
      {
        cluster,
        listen,
        credentials,
        revocations,
        sockets,
        udpPayloadMax,
        deadAfterMs,
        expiryGraceMs,
        knownAddressesFile,
      },
      this.#portal,
    );
    this.#links = links;
    this.#florio = await sockets.openPort({ bind, connect, handlers: this.#portal });
    this.#portal.join({ florio: this.#florio, links });
    this.#holdings.watch({
      handleCredentials: (_, credentials) => links.handleCredentials(credentials),
      handleRevocations: () => links.handleRevocations(),
    });
  }

  get listening(): string {
    return this.#links!.listening;
  }

  status(): ClusterPortalStatus {
    const { config } = this.#options;
    const { certificates, revocation } = this.#holdings.status();
    const certificate = certificates[0]!;
    const florio = this.#florio!;
    const links = this.#links!;
    return {
      cluster: config.cluster,
      principal: certificate.principal,
      listen: links.listening,
      certificate,
      revocation: revocation!,
      portal: {
        bind: config.bind,
        connect: config.connect,
        state: this.#portal.refusal === undefined ? this.#portal.state : "refused",
        code: this.#portal.refusal?.code ?? "",
        text: this.#portal.refusal?.text ?? florio.waitingFor,
        sinceMs: Math.round(this.#options.time.now() - this.#portal.since),
        transitLabels: this.#portal.transit.labels,
        transitPackets: this.#portal.transit.packetsDecided,
        florio: { ...florio.counters, ...this.#portal.server.counters },
      },
      links: links.rows(),
      handshakes: links.handshakes,
      udp: { ...links.traffic, ...links.drops },
      drops: { udp: links.drops, florio: dropsOf(florio.counters) },
    };
  }

  loads(): PressureLoads {
    return this.#links!.loads();
  }

  reload(): Promise<readonly HoldingsRefusal[]> {
    return this.#holdings.reload();
  }

  linksUp(): LinksUp {
    return this.#portal.linksUp();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#portal.close();
    this.#holdings.close();
    const told = this.#links?.close();
    // Its vertex knows as soon as its neighbours, who may take a moment.
    this.#florio?.close();
    await told;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Counts of frames, packets and messages that do not reach the cluster vertex, by cause. Nobody but FlorIO counts packets that
 *  it did not take. */
function dropsOf(counters: FlorioCounters): Record<string, number> {
  return Object.fromEntries([...florioRefusals, ...florioLosses].map((name) => [name, counters[name]]));
}
