import {
  FIRST_PACKET,
  type FlorioHandlers,
  type FlorioPort,
  nextPacket,
  openFlorioPort,
  packetEnd,
} from "@florenetes/florio";
import type { Instance } from "@florenetes/wire-values";
import { keyText, noLink, PeerPins, PortalServer, type PortalServerEvent } from "@florenetes/portal-api";
import { createRateLimitedLog, type Logger, type RateLimitedLog } from "@florenetes/process-kit";
import { nodeTime, type WakeUpTimer } from "@florenetes/scheduling";
import type { LinkKey, LinkProtocol, Links, LinkState, Peer, Refusal, Vertex } from "./link-protocol.ts";
import { OwnIdentity } from "./own-identity.ts";
import type { ClusterConfig } from "./vertex-config.ts";

/**
 * Serves a cluster of the node: joins the portal of its cluster vertex and the links.
 *
 *     cluster vertex ══ FlorIO ══ messages ─▶ PortalServer ─▶ wishes ─▶ ┐
 *                                 packets ────────────────────────────▶ ├ Links ══ neighbours
 *                                             packets, states ◀──────── ┘
 */
export class ServedCluster implements FlorioHandlers, Vertex {
  readonly cluster: string;
  readonly name: string;
  readonly listen: string;
  readonly instance: Instance;
  readonly #identity: OwnIdentity;
  readonly #server: PortalServer;
  readonly #log: RateLimitedLog;
  readonly #timer: WakeUpTimer = nodeTime.wakeUps.timer(() => this.#handleTimeout());
  /** The links that are wanted, by `keyText`. */
  readonly #wanted = new Map<string, LinkKey>();
  /** The keys that the peers of these links must show. */
  readonly #pins = new PeerPins();
  #links: Links | undefined;
  #port: FlorioPort | undefined;

  private constructor(
    config: ClusterConfig,
    identity: OwnIdentity,
    protocol: LinkProtocol,
    instance: Instance,
    log: Logger,
  ) {
    this.cluster = config.cluster;
    this.name = identity.credentials.principal.name;
    this.listen = config.listen;
    this.instance = instance;
    this.#identity = identity;
    this.#log = createRateLimitedLog(log, { now: nodeTime.now });
    const { cluster, name: principal } = this;
    const { name: linkProtocol, mtu: linkMtuMax } = protocol;
    this.#server = new PortalServer({ cluster, principal, instance, linkMtuMax, linkProtocol });
  }

  /** Rejects when the identity is not in order, or when a socket cannot be opened. */
  static async open(
    config: ClusterConfig,
    protocol: LinkProtocol,
    instance: Instance,
    log: Logger,
  ): Promise<ServedCluster> {
    const identity = await OwnIdentity.open(config, log);
    const served = new ServedCluster(config, identity, protocol, instance, log);
    try {
      const { bind, connect } = config;
      served.#port = openFlorioPort({ bind, connect, handlers: served });
      served.#links = await protocol.open(served);
    } catch (error) {
      await served.close();
      throw error;
    }
    identity.watch(() => served.#links?.handleCredentials());
    served.#settle();
    return served;
  }

  async reload(): Promise<void> {
    await this.#identity.reload();
  }

  async close(): Promise<void> {
    this.#timer.close();
    this.#identity[Symbol.dispose]();
    const told = this.#links?.stop();
    this.#port?.close();
    await told;
  }

  // Events from the cluster vertex.

  onData(handle: number, frame: Uint8Array): void {
    for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
      this.#links?.send(handle, frame.subarray(at, packetEnd(frame, at)));
    }
  }

  onControl(message: Uint8Array): void {
    this.#server.handleMessage(message, this.now());
    this.#settle();
  }

  onConnected(): void {
    this.#server.handleConnected(this.now());
    this.#settle();
  }

  onDisconnected(): void {
    this.#server.handleDisconnected(this.now());
    this.#settle();
  }

  onDoubt(): void {
    this.#server.handleDoubt(this.now());
    this.#settle();
  }

  /** Packets for the cluster vertex cannot be held back: the port drops those for which there is no room. */
  onWritable(): void {}

  // Calls of the link protocol.

  get chain(): readonly Uint8Array[] {
    return this.#identity.chain;
  }

  get privateKeyPem(): Uint8Array {
    return this.#identity.credentials.privateKeyPem;
  }

  now(): number {
    return nodeTime.now();
  }

  judge(chain: readonly Uint8Array[], name: string): Peer | Refusal {
    return this.#identity.judge(chain, name, () => this.#pins.ofVertex(name));
  }

  setState(key: LinkKey, state: LinkState): void {
    const status =
      state.state === "up"
        ? { ...noLink(key, "connecting", "", ""), ...state, preferredMtu: state.mtu }
        : noLink(key, state.state, state.code, state.text);
    this.#server.setLinkStatus(status, this.now());
    this.#settle();
    const { code, text } = status;
    this.log(`LINK_${state.state.toUpperCase()}`, `${key.peer} ${key.tag}${code === "" ? "" : `: ${code}: ${text}`}`);
  }

  deliver(handle: number, packet: Uint8Array): void {
    this.#port?.sendPacket(handle, packet, 0, packet.length);
  }

  log(code: string, text: string): void {
    this.#log.info({ code, cluster: this.cluster }, text, code);
  }

  // Turns.

  #handleTimeout(): void {
    const now = this.now();
    if (this.#server.nextTimeout() <= now) this.#server.handleTimeout(now);
    this.#settle();
  }

  #settle(): void {
    const server = this.#server;
    if (this.#links === undefined) return;
    for (let event = server.pollEvent(); event !== undefined; event = server.pollEvent()) {
      this.#handleEvent(this.#links, event);
    }
    for (let message = server.pollTransmit(); message !== undefined; message = server.pollTransmit()) {
      // A message that the port does not take is repeated, like any that stays unanswered.
      this.#port?.sendControl(message);
    }
    this.#timer.set(server.nextTimeout());
  }

  #handleEvent(links: Links, event: PortalServerEvent): void {
    switch (event.kind) {
      case "open":
        this.#wanted.set(keyText(event.wish), event.wish);
        this.#pins.set(event.wish, event.wish.pins);
        return links.open(event.wish);
      case "close":
        this.#wanted.delete(keyText(event.key));
        this.#pins.set(event.key, undefined);
        return links.close(event.key, "CLOSED");
      case "abandoned":
        for (const key of this.#wanted.values()) {
          links.close(key, "VERTEX_GONE");
          this.#pins.set(key, undefined);
        }
        return this.#wanted.clear();
      case "refused":
        return this.log("PORTAL_REFUSED", `${event.code}: ${event.text}`);
      case "attached":
        return this.log("PORTAL_ATTACHED", event.instance.id);
      case "detached":
        return this.log("PORTAL_DETACHED", event.code);
    }
  }
}
