import { type FlorioSocketPort, openFlorioPort } from "@florenetes/florio";
import { ExpiryTimer, HeldIdentity, HeldRevocations, OwnRevocations } from "@florenetes/identity";
import { type Instance, PortalServer } from "@florenetes/portal-api";
import { createRateLimitedLog, type Logger } from "@florenetes/process-kit";
import { EarliestTimer, monotonicNow } from "@florenetes/timing";
import type { ClusterPortalStatus } from "../../admin/link-status.ts";
import type { ClusterPortalConfig } from "../../config/link-config.ts";
import type { ClusterLinks, LinkProtocol } from "../../link-protocol.ts";
import { packetSizeMax } from "../../quic-link/limits.ts";
import { ClusterPortal } from "../cluster-portal.ts";

export interface PortalOptions {
  readonly config: ClusterPortalConfig;
  /** Folder where the newest revocation lists of this cluster are kept. */
  readonly revocationState: string;
  /** File where the addresses of this cluster's neighbours are kept. */
  readonly knownAddressesFile: string;
  readonly protocol: LinkProtocol;
  readonly instance: Instance;
  readonly deadAfterMs: number;
  readonly log: Logger;
}

/** A cluster that is being served. */
export interface OpenPortal extends AsyncDisposable {
  readonly listening: string;
  status(): ClusterPortalStatus;
  /**
   * Reads the identity and the revocation lists again. A good identity is used from now on, and running links are renewed onto
   * it. The lists come after it, so that one which names the former certificate finds the new one in its place.
   */
  reload(): void;
  /** Tells neighbours and cluster vertex, and lets go of the sockets. */
  close(): Promise<void>;
}

/**
 * Serves one cluster: loads its identity, binds both sockets, and joins them.
 *
 * @throws IdentityError, FlorioError, or OperatorError of the link protocol (`ERR_LINK_…`)
 */
export async function openPortal(options: PortalOptions): Promise<OpenPortal> {
  const portal = new PortalDriver(options);
  await portal.open();
  return portal;
}

/** Owns the timer of one portal. */
class PortalDriver implements OpenPortal {
  readonly #options: PortalOptions;
  readonly #identity: HeldIdentity;
  readonly #server: PortalServer;
  readonly #portal: ClusterPortal;
  readonly #timer = new EarliestTimer(() => this.#portal.handleTimeout(monotonicNow()));
  #lists: HeldRevocations | undefined;
  #ownRevocations: OwnRevocations | undefined;
  #links: ClusterLinks | undefined;
  #florio: FlorioSocketPort | undefined;
  #expiry: ExpiryTimer | undefined;
  #isClosed = false;

  constructor(options: PortalOptions) {
    const { config, instance, log } = options;
    this.#options = options;
    this.#identity = new HeldIdentity(config.identity, { cluster: config.cluster, kinds: ["vertex"] });
    const principal = this.#identity.credentials.principal.name;
    this.#server = new PortalServer({ cluster: config.cluster, principal, instance, linkMtuMax: packetSizeMax });
    const refusals = createRateLimitedLog(log);
    this.#portal = new ClusterPortal({
      log,
      refusals,
      now: monotonicNow,
      onActivity: () => this.#timer.set(this.#portal.nextTimeout()),
    });
  }

  async open(): Promise<void> {
    const { config, protocol, deadAfterMs, knownAddressesFile } = this.#options;
    const { cluster, listen, bind, connect, udpPayloadMax, expiryGraceMs } = config;
    const { credentials } = this.#identity;
    const lists = await this.#openLists();
    try {
      const { revocations } = lists;
      const links = await protocol.open(
        { cluster, listen, credentials, revocations, udpPayloadMax, deadAfterMs, expiryGraceMs, knownAddressesFile },
        this.#portal,
      );
      this.#links = links;
      this.#florio = openFlorioPort({ bind, connect, handlers: this.#portal });
      this.#portal.join({ server: this.#server, florio: this.#florio, links });
    } catch (error) {
      lists.close();
      await this.#links?.close();
      throw error;
    }
    this.#lists = lists;
    this.#ownRevocations = new OwnRevocations({
      identities: [this.#identity],
      revocations: lists.revocations,
      onRevoked: ({ text, ...fields }) => this.#options.log.error(fields, text),
    });
    this.#handleLists();
    this.#expiry = new ExpiryTimer({
      identities: [this.#identity],
      warningMs: config.expiryWarningMs,
      onNotice: ({ level, fields, text }) => this.#options.log[level](fields, text),
    });
  }

  get listening(): string {
    return this.#links!.listening;
  }

  status(): ClusterPortalStatus {
    const { config } = this.#options;
    const lists = this.#lists!;
    const certificate = this.#identity.statusAt({
      at: new Date(),
      warningMs: config.expiryWarningMs,
      isRevoked: (id) => lists.revocations.findRevoked([id]) !== undefined,
    });
    const florio = this.#florio!;
    const links = this.#links!;
    return {
      cluster: config.cluster,
      principal: certificate.principal,
      listen: links.listening,
      certificate,
      revocation: lists.status(),
      portal: {
        bind: config.bind,
        connect: config.connect,
        state: this.#portal.refusal === undefined ? this.#portal.state : "refused",
        code: this.#portal.refusal?.code ?? "",
        text: this.#portal.refusal?.text ?? florio.waitingFor,
        sinceMs: Math.round(monotonicNow() - this.#portal.since),
        florio: { ...florio.counters },
      },
      links: links.rows(),
      handshakes: links.handshakes,
      udp: links.transport,
    };
  }

  reload(): void {
    this.#reloadIdentity();
    this.#ownRevocations!.forget();
    void this.#lists!.reload().then(() => this.#handleLists());
  }

  #reloadIdentity(): void {
    const { log } = this.#options;
    const reload = this.#identity.reload();
    if (reload.code === "IDENTITY_REFUSED") {
      log.warn({ ...reload }, `the identity is refused, the former one stays in use: ${reload.text}`);
      return;
    }
    const isNew = reload.code === "IDENTITY_RELOADED";
    log.info({ ...reload }, isNew ? "another identity is in use; links are renewed" : "the identity is as it was");
    if (!isNew) return;
    this.#links!.handleCredentials(this.#identity.credentials);
    this.#expiry?.look();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer.close();
    this.#expiry?.[Symbol.dispose]();
    this.#lists?.close();
    const told = this.#links?.close();
    // Its vertex knows as soon as its neighbours, who may take a moment.
    this.#florio?.close();
    await told;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #openLists(): Promise<HeldRevocations> {
    const { config, revocationState, log } = this.#options;
    return HeldRevocations.open({
      cluster: config.cluster,
      identities: [this.#identity],
      stateFolder: revocationState,
      policy: config.revocation,
      onEvent: ({ level, text, ...fields }) => log[level](fields, text),
      onChange: () => this.#handleLists(),
    });
  }

  /** The lists have changed, or the identity. While the portal is being opened there is nothing to end. */
  #handleLists(): void {
    if (this.#lists === undefined || this.#isClosed) return;
    this.#ownRevocations!.look();
    this.#links!.handleRevocations();
  }
}
