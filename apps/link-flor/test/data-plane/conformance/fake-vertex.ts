import { randomBytes } from "node:crypto";
import { FIRST_PACKET, type FlorioPort, nextPacket, openFlorioPort, packetEnd } from "@florenetes/florio";
import {
  type LinkKey,
  type LinkStats,
  type LinkStatus,
  type LinkWish,
  PortalClient,
  TransitOffer,
  type TransitReport,
  type TransitTable,
} from "@florenetes/portal-api";

const now = (): number => performance.now();

/** A cluster vertex as far as a link vertex can tell: FlorIO and the Portal API, without forwarding or transport. */
export class FakeVertex {
  /** Every state of every link, in order, as `<peer>/<tag> <state> <code>`. */
  readonly history: string[] = [];
  readonly received: { readonly handle: number; readonly packet: Uint8Array }[] = [];
  readonly stats = new Map<string, LinkStats>();
  /** Reports of the link vertex about packets that it has forwarded by itself. */
  readonly reports: TransitReport[] = [];
  onPacket: ((handle: number, packet: Uint8Array, start: number, end: number) => void) | undefined;
  readonly name: string;
  readonly #lastUp = new Map<string, number>();
  readonly #offer = new TransitOffer();
  readonly #client: PortalClient;
  readonly #port: FlorioPort;
  readonly #timer: NodeJS.Timeout;

  constructor(cluster: string, name: string, paths: { bind: string; connect: string }) {
    this.name = name;
    const instance = { startedAt: Date.now(), id: randomBytes(8).toString("hex") };
    // No test here has a link unless link-flor says that its protocol is QUIC.
    this.#client = new PortalClient({ cluster, vertex: name, instance, linkProtocol: "quic", transit: this.#offer });
    this.#port = openFlorioPort({
      ...paths,
      handlers: {
        onConnected: () => this.#do(() => this.#client.handleConnected(now())),
        onDisconnected: () => this.#do(() => this.#client.handleDisconnected(now())),
        onControl: (message) => this.#do(() => this.#client.handleMessage(message, now())),
        onData: (handle, frame) => this.#receive(handle, frame),
        onWritable: () => {},
      },
    });
    this.#timer = setInterval(() => {
      if (this.#client.nextTimeout() <= now()) this.#do(() => this.#client.handleTimeout(now()));
    }, 10);
  }

  originate(peer: string, endpoint: string, tag = "0"): void {
    this.open({ peer, tag, role: "originator", endpoint });
  }

  accept(peer: string, tag = "0"): void {
    this.open({ peer, tag, role: "acceptor", endpoint: "" });
  }

  open(wish: LinkWish): void {
    this.#do(() => this.#client.openLink(wish, now()));
  }

  closeLink(key: LinkKey): void {
    this.#do(() => this.#client.closeLink(key, now()));
  }

  /** Has the link vertex forward by that table. */
  offerTransit(table: TransitTable): void {
    this.#offer.replace(table);
    this.#do(() => this.#client.handleTimeout(now()));
  }

  /** Whether the link vertex forwards by the table that it was offered last. */
  get isTransitTaken(): boolean {
    return this.#offer.isTaken;
  }

  status(peer: string, tag = "0"): LinkStatus | undefined {
    return this.#client.linkStatus({ peer, tag });
  }

  send(peer: string, packet: Uint8Array, tag = "0"): boolean {
    const handle = this.status(peer, tag)?.handle ?? 0;
    return handle !== 0 && this.#port.sendPacket(handle, packet, 0, packet.length);
  }

  sendRaw(handle: number, packet: Uint8Array): boolean {
    return this.#port.sendPacket(handle, packet, 0, packet.length);
  }

  get isWritable(): boolean {
    return this.#port.isWritable;
  }

  /** Ends without a goodbye, as a process that is killed. */
  kill(): void {
    clearInterval(this.#timer);
    this.#port.close();
  }

  #do(action: () => void): void {
    action();
    for (let message = this.#client.pollTransmit(); message !== undefined; message = this.#client.pollTransmit()) {
      this.#port.sendControl(message);
    }
    for (let event = this.#client.pollEvent(); event !== undefined; event = this.#client.pollEvent()) {
      if (event.kind === "link") {
        const { peer, tag, state, code, handle } = event.status;
        const line = `${peer}/${tag} ${state} ${code}`.trimEnd();
        // The preferred size depends on how busy the machine is: a change of it alone is no news.
        const isNews = state !== "up" || this.#lastUp.get(`${peer}/${tag}`) !== handle;
        this.#lastUp.set(`${peer}/${tag}`, handle);
        if (isNews) this.history.push(line);
      }
      if (event.kind === "transit-report") this.reports.push(event.report);
      if (event.kind === "stats") this.stats.set(`${event.stats.peer}/${event.stats.tag}`, event.stats);
    }
  }

  #receive(handle: number, frame: Uint8Array): void {
    for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
      if (this.onPacket !== undefined) this.onPacket(handle, frame, at, packetEnd(frame, at));
      else this.received.push({ handle, packet: Uint8Array.from(frame.subarray(at, packetEnd(frame, at))) });
    }
  }
}
