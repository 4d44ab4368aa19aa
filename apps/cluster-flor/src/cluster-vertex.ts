import type { CertificateView, HeldIdentity, HeldRevocations } from "@florenetes/identity";
import { ExpiryTimer, OwnRevocations, Revocations } from "@florenetes/identity";
import type { Instance } from "@florenetes/portal-api";
import { createRateLimitedLog, type Logger, type RateLimitedLog } from "@florenetes/process-kit";
import type { QuicEngine } from "@florenetes/quic";
import type { ClusterStatus, PathStatus } from "./admin/cluster-status.ts";
import type { ClusterConfig } from "./config/cluster-config.ts";
import { ConnectionService } from "./connection/drivers/connection-service.ts";
import { Forwarder } from "./forwarding/forwarder.ts";
import type { LocalDelivery } from "./forwarding/interfaces.ts";
import { startTransport, stopTransport } from "./transport/drivers/lifecycle.ts";
import { vertexToken } from "./transport/drivers/vertex-token.ts";
import type { TransportDrivers } from "./transport/local.ts";
import { Transport } from "./transport/transport.ts";

export interface ClusterVertexOptions {
  readonly config: ClusterConfig;
  /** Of every folder that a service or a tunnel of the config names. */
  readonly identities: ReadonlyMap<string, HeldIdentity>;
  /** The revocation lists that were found in those folders; undefined where there is none to look in. */
  readonly lists: HeldRevocations | undefined;
  readonly instance: Instance;
  /** `openVertexSecret`. */
  readonly vertexSecret: Uint8Array;
  readonly engine: QuicEngine;
  readonly drivers: TransportDrivers;
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * The three services, joined: connection gives frames to forwarding, forwarding gives packets that end here to transport,
 * transport gives packets that start here to forwarding, and forwarding gives packets that leave to connection.
 */
export class ClusterVertex {
  readonly #options: ClusterVertexOptions;
  readonly #connection: ConnectionService;
  readonly #forwarder: Forwarder;
  readonly #transport: Transport;
  readonly #ownRevocations: OwnRevocations;
  readonly #limitedLog: RateLimitedLog;
  readonly #startedAt: string;
  #expiry: ExpiryTimer | undefined;

  /** Binds the FlorIO sockets. @throws FlorioError, LabelError */
  constructor(options: ClusterVertexOptions) {
    this.#options = options;
    this.#startedAt = options.drivers.wallClock().toISOString();
    const { config, identities, instance, now, log } = options;
    const revocations = options.lists?.revocations ?? new Revocations(config.revocation);
    this.#limitedLog = createRateLimitedLog(log, { now });
    this.#ownRevocations = new OwnRevocations({
      identities: [...identities.values()],
      revocations,
      onRevoked: ({ text, ...fields }) => log.error(fields, text),
    });
    this.#connection = new ConnectionService({
      config,
      instance,
      now,
      log: log.child({ service: "connection" }),
      handlers: {
        onFrame: (link, frame) => this.#forwarder.handleFrame(link, frame),
        onLinkUp: (link) => this.#transport.handleLinkUp(link),
        onLinkSize: (link) => this.#transport.handleLinkSize(link),
        onLinkWritable: (link) => this.#transport.handleLinkWritable(link),
      },
    });
    try {
      this.#forwarder = new Forwarder({
        config,
        output: this.#connection.links,
        delivery: this.#delivery(),
        afterTurn: (action) => options.drivers.wakeUps.soon(action),
        now,
        seed: Buffer.from(options.drivers.randomBytes(4)).readUInt32LE(),
        onGuessing: (link) => this.#warnOfGuesses(link),
      });
      this.#transport = new Transport({
        config,
        credentials: new Map([...identities].map(([folder, { credentials }]) => [folder, credentials])),
        revocations,
        engine: options.engine,
        origin: this.#forwarder,
        instance: { ...instance, vertex: config.vertex },
        vertexToken: (own, peer) => vertexToken(options.vertexSecret, own, peer),
        log: log.child({ service: "transport" }),
        drivers: options.drivers,
        limits: config.transport,
      });
    } catch (error) {
      this.#connection.close();
      throw error;
    }
  }

  /** Opens the tunnels' listeners. @throws OperatorError when one cannot be opened */
  start(): Promise<void> {
    this.#ownRevocations.look();
    this.#expiry = this.#watchExpiry();
    return startTransport(this.#transport);
  }

  /** The revocation lists have changed. */
  handleRevocations(): void {
    this.#ownRevocations.look();
    this.#transport.handleRevocations();
  }

  /**
   * Reads every identity folder again. What is in order is used from now on, of the rest what was in use. Revocation lists come
   * after the identities, so that one which names a former certificate finds the new one in its place.
   */
  reload(): void {
    this.#reloadIdentities();
    this.#ownRevocations.forget();
    void this.#options.lists?.reload().then(() => this.#ownRevocations.look());
  }

  #reloadIdentities(): void {
    const { identities, log } = this.#options;
    for (const [folder, identity] of identities) {
      const reload = identity.reload();
      if (reload.code === "IDENTITY_REFUSED") {
        log.warn({ ...reload }, `the identity is refused, the former one stays in use: ${reload.text}`);
        continue;
      }
      const isNew = reload.code === "IDENTITY_RELOADED";
      log.info({ ...reload }, isNew ? "another identity is in use" : "the identity is as it was");
      if (isNew) this.#transport.handleCredentials(folder, identity.credentials);
    }
    this.#expiry?.look();
  }

  /** Takes no new streams, and gives the open ones up to `drainMs` to end. */
  stop(drainMs: number): Promise<void> {
    return stopTransport(this.#transport, drainMs);
  }

  /** Takes leave of the link vertices and lets go of the sockets. */
  close(): void {
    this.#expiry?.[Symbol.dispose]();
    this.#connection.close();
  }

  status(): Omit<ClusterStatus, "process"> {
    const { config, instance, identities, now } = this.#options;
    const portals = this.#connection.portals();
    const { drops: forwardingDrops, ...forwarding } = this.#forwarder.snapshot();
    const { drops, ...transport } = this.#transport.status();
    const portalNames = config.portals.map(({ name }) => name);
    return {
      vertex: config.vertex,
      cluster: config.cluster,
      principal: this.#connection.principal === undefined ? null : `vertex/${this.#connection.principal}`,
      instance: instance.id,
      startedAt: this.#startedAt,
      portals,
      links: this.#connection.links.status(portalNames, now()),
      forwarding,
      paths: this.#paths(),
      ...transport,
      revocation: this.#options.lists?.status() ?? null,
      certificates: [...identities.values()].map((identity) => identity.statusAt(this.#certificateView())),
      drops: { forwarding: forwardingDrops, transport: drops, florio: sumDrops(portals) },
    };
  }

  #warnOfGuesses(link: number): void {
    this.#limitedLog.warn(
      { code: "LABELS_GUESSED", link: this.#options.config.links[link]!.name },
      "many different labels came over this link that mean nothing here: somebody behind it tries them out, or has a config of long ago",
      String(link),
    );
  }

  #certificateView(): CertificateView {
    const { config, drivers, lists } = this.#options;
    return {
      at: drivers.wallClock(),
      warningMs: config.expiryWarningMs,
      isRevoked: (id) => lists?.revocations.findRevoked([id]) !== undefined,
    };
  }

  #watchExpiry(): ExpiryTimer {
    const { config, identities, log } = this.#options;
    return new ExpiryTimer({
      identities: [...identities.values()],
      warningMs: config.expiryWarningMs,
      onNotice: ({ level, fields, text }) => log[level](fields, text),
    });
  }

  #paths(): PathStatus[] {
    const { config } = this.#options;
    return config.paths.map(({ name, link, labels }, index) => {
      const { mtu, origin } = this.#transport.pathSize(index);
      return {
        name,
        link: link === undefined ? null : config.links[link]!.name,
        labels,
        mtu,
        mtuOrigin: origin,
        isUsable: link === undefined || this.#connection.links.isUp(link),
      };
    });
  }

  /** Forwarding is made before the transport that it delivers to. */
  #delivery(): LocalDelivery {
    return {
      deliverToService: (service, packet, start, end, inLink) =>
        this.#transport.deliverToService(service, packet, start, end, inLink),
      deliverToConnection: (packet, start, end, inLink) =>
        this.#transport.deliverToConnection(packet, start, end, inLink),
      flush: () => this.#transport.flush(),
    };
  }
}

/** The counters of thrown-away frames and packets, over all portals. */
function sumDrops(portals: ClusterStatus["portals"]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { florio } of portals) {
    for (const [name, count] of Object.entries(florio)) {
      if (name.includes("Dropped")) sums[name] = (sums[name] ?? 0) + count;
    }
  }
  return sums;
}
