import { isDeepStrictEqual } from "node:util";
import { type FlorioCounters, florioLosses, florioRefusals } from "@florenetes/florio";
import { type HeldIdentity, Holdings, type HoldingsRefusal } from "@florenetes/identity";
import type { Instance } from "@florenetes/wire-values";
import type { LinksUp, Logger, PressureLoads } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import { loadIdentity } from "../../config/identity.ts";
import type { ClusterPlane, PortalPort } from "../../cluster-plane.ts";
import type { ClusterPortalStatus } from "../portal-status.ts";
import type { ClusterPortalConfig } from "../../config/link-config.ts";
import type { ClusterLinks, LinkProtocol } from "../../link-protocol.ts";
import { ClusterPortal } from "../cluster-portal.ts";
import { HeldSigner } from "../held-signer.ts";
import type { ServedPortal } from "../served-portal.ts";

export interface PortalOptions {
  readonly config: ClusterPortalConfig;
  /** Folder where the newest revocation lists of this cluster are kept. */
  readonly revocationState: string;
  /** File where the addresses of this cluster's neighbours are kept. */
  readonly knownAddressesFile: string;
  readonly protocol: LinkProtocol;
  readonly plane: ClusterPlane;
  readonly instance: Instance;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/**
 * Serves one cluster: loads its identity, binds both sockets, and joins them.
 *
 * @throws IdentityError, FlorioError, or OperatorError of the link protocol (`ERR_LINK_…`)
 */
export async function openPortal(options: PortalOptions): Promise<ServedPortal> {
  const held = await hold(options, options.config).catch(async (error: unknown) => {
    await options.plane.release();
    throw error;
  });
  const portal = new PortalDriver(options, held);
  try {
    await portal.open();
    return portal;
  } catch (error) {
    await portal.close();
    throw error;
  }
}

/** The identity and the revocation lists of a cluster, by one config. */
interface Held {
  readonly identity: HeldIdentity;
  readonly holdings: Holdings;
}

async function hold(options: Omit<PortalOptions, "config">, config: ClusterPortalConfig): Promise<Held> {
  const { revocationState: stateFolder, time, log } = options;
  const { cluster, revocation: policy, expiryWarningMs } = config;
  const { wallClock } = time;
  const identity = loadIdentity(config);
  const identities = [identity];
  const holdings = await Holdings.open({ cluster, identities, stateFolder, policy, expiryWarningMs, wallClock, log });
  return { identity, holdings };
}

/** A portal with all its parts: identity and lists, links, FlorIO, and the core between them. */
class PortalDriver implements ServedPortal {
  readonly #options: PortalOptions;
  readonly #portal: ClusterPortal;
  #config: ClusterPortalConfig;
  #held: Held;
  #links: ClusterLinks | undefined;
  #florio: PortalPort | undefined;
  #isClosed = false;

  constructor(options: PortalOptions, held: Held) {
    const { config, protocol } = options;
    this.#options = options;
    this.#config = config;
    this.#held = held;
    const principal = held.identity.credentials.principal.name;
    const { cluster } = config;
    const { openTransit, isPortRepeating } = options.plane;
    const { name: linkProtocol, packetSizeMax: linkMtuMax } = protocol;
    this.#portal = new ClusterPortal({
      ...options,
      cluster,
      principal,
      linkMtuMax,
      linksMax: () => this.#config.linksMax,
      linkProtocol,
      openTransit,
      signer: new HeldSigner(() => this.#held.identity.credentials),
      isPortRepeating,
    });
  }

  async open(): Promise<void> {
    const { protocol, plane, knownAddressesFile } = this.#options;
    const { cluster, listen, bind, connect } = this.#config;
    const { credentials } = this.#held.identity;
    const links = await protocol.open(
      {
        cluster,
        listen,
        credentials,
        revocations: {
          findRevoked: (...parameters) => this.#held.holdings.revocations.findRevoked(...parameters),
          check: (...parameters) => this.#held.holdings.revocations.check(...parameters),
        },
        settings: () => this.#config,
        plane,
        knownAddressesFile,
      },
      this.#portal,
    );
    this.#links = links;
    this.#florio = await plane.openPort({ bind, connect, handlers: this.#portal });
    this.#portal.join({ florio: this.#florio, links });
    this.#watch(links);
  }

  async change(config: ClusterPortalConfig): Promise<boolean> {
    const held = await hold(this.#options, config);
    if (held.identity.credentials.principal.name !== this.#held.identity.credentials.principal.name) {
      held.holdings.close();
      return false;
    }
    const [former, links] = [this.#config, this.#links!];
    const isRenewed = areOthers(this.#held.identity.credentials, held.identity.credentials, CREDENTIALS_IN_USE);
    this.#held.holdings.close();
    this.#held = held;
    this.#config = config;
    this.#watch(links);
    if (isRenewed || areOthers(former, config, LINK_SETTINGS)) links.handleCredentials(held.identity.credentials);
    links.handleRevocations();
    if (areOthers(former, config, PORT_SETTINGS)) await this.#openOtherPort(links);
    return true;
  }

  /** Opens the port anew, since its sockets or the limit of links have changed. The portal takes the cluster vertex for gone, and keeps its links.
   *  When the cluster vertex attaches again it hears of the limit, and asks again for what was refused. */
  async #openOtherPort(links: ClusterLinks): Promise<void> {
    const { bind, connect } = this.#config;
    this.#florio!.close();
    this.#portal.onDisconnected();
    this.#florio = await this.#options.plane.openPort({ bind, connect, handlers: this.#portal });
    this.#portal.join({ florio: this.#florio, links });
  }

  #watch(links: ClusterLinks): void {
    this.#held.holdings.watch({
      handleCredentials: (_, credentials) => links.handleCredentials(credentials),
      handleRevocations: () => links.handleRevocations(),
    });
  }

  get listening(): string {
    return this.#links!.listening;
  }

  status(): ClusterPortalStatus {
    const config = this.#config;
    const { certificates, revocation } = this.#held.holdings.status();
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
        knocks: { told: this.#portal.knocks.told, dropped: this.#portal.knocks.dropped },
        florio: { ...florio.counters, ...this.#portal.server.counters },
      },
      links: links.rows(),
      handshakes: links.handshakes,
      attempts: links.attempts,
      udp: { ...links.traffic, ...links.drops },
      drops: { udp: links.drops, florio: dropsOf(florio.counters) },
    };
  }

  loads(): PressureLoads {
    return this.#links!.loads();
  }

  reload(): Promise<readonly HoldingsRefusal[]> {
    return this.#held.holdings.reload();
  }

  get isQuiet(): boolean {
    return this.#portal.isQuiet;
  }

  linksUp(): LinksUp {
    return this.#portal.linksUp();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#portal.close();
    this.#held.holdings.close();
    const told = this.#links?.close();
    // The cluster vertex is told at once; telling the neighbours may take a moment.
    this.#florio?.close();
    await told;
    await this.#options.plane.release();
  }
}

/** The settings that sessions are made with: when one of them changes, links that are up are renewed. */
const LINK_SETTINGS = ["udpPayloadMax", "deadAfterMs", "quietSeconds", "expiryGraceMs", "endedDoor"] as const;
const PORT_SETTINGS = ["bind", "connect", "linksMax"] as const;
const CREDENTIALS_IN_USE = ["certificateChainPem", "privateKeyPem", "trustBundlePem"] as const;

function areOthers<Key extends string>(a: Readonly<Record<Key, unknown>>, b: typeof a, keys: readonly Key[]): boolean {
  return keys.some((key) => !isDeepStrictEqual(a[key], b[key]));
}

/** Counts of frames, packets and messages that did not reach the cluster vertex, by cause. FlorIO alone counts packets that it did not
 *  take. */
function dropsOf(counters: FlorioCounters): Record<string, number> {
  return Object.fromEntries([...florioRefusals, ...florioLosses].map((name) => [name, counters[name]]));
}
