import type { NativeLane, NativeLiveCounts, NativeSessionFigures } from "@florenetes/data-plane";
import type { UdpAddress } from "../../../quic-link/addresses/link-address.ts";
import type { LaneCounts, LaneFigures, LaneOrders } from "../../../quic-link/data-plane/native/session-lane.ts";
import type { LanePeer } from "./lane-socket.ts";
import { queueDrops } from "../../../quic-link/sessions/session-figures.ts";

export interface LaneSessionOrdersOptions {
  readonly native: NativeLane;
  readonly cluster: number;
  readonly session: number;
  /** The address as the thread has it. */
  readonly peerAt: (address: UdpAddress) => LanePeer;
  readonly forget: () => void;
  readonly counts: NativeLiveCounts;
  readonly figures: () => NativeSessionFigures | undefined;
  /** A datagram or a probe was given up, since the thread had no room for more orders. */
  readonly onLost: () => void;
}

/** Orders about one session of the data thread. */
export class LaneSessionOrders implements LaneOrders {
  readonly session: number;
  readonly #options: LaneSessionOrdersOptions;
  readonly #native: NativeLane;

  constructor(options: LaneSessionOrdersOptions) {
    this.session = options.session;
    this.#options = options;
    this.#native = options.native;
  }

  setRoute(handle: number): void {
    this.#native.setRoute(this.#options.cluster, handle, this.session);
  }

  removeRoute(handle: number): void {
    this.#native.removeRoute(this.#options.cluster, handle);
  }

  setHandle(handle: number): void {
    this.#native.setHandle(this.session, handle);
  }

  setRate(bitsPerSecond: number | undefined): void {
    this.#native.setRate(this.session, (bitsPerSecond ?? 0) / 8);
  }

  setAddress(to: UdpAddress): void {
    const { host, port, local } = this.#options.peerAt(to);
    this.#native.setAddress(this.session, host, port, local);
  }

  addCopies(to: UdpAddress, bytes: number): void {
    const { host, port, local } = this.#options.peerAt(to);
    this.#native.addCopies(this.session, host, port, local, bytes);
  }

  handleDatagram(datagram: Uint8Array, from: UdpAddress): void {
    const { cluster, peerAt, onLost } = this.#options;
    const { host, port, local } = peerAt(from);
    if (!this.#native.handleDatagram(cluster, host, port, local, datagram)) onLost();
  }

  sendStream(bytes: Uint8Array): void {
    this.#native.sendStream(this.session, bytes);
  }

  sendProbe(packet: Uint8Array): void {
    if (!this.#native.sendProbe(this.session, packet)) this.#options.onLost();
  }

  ping(): void {
    this.#native.ping(this.session);
  }

  close(code: number, reason: string): void {
    this.#native.closeSession(this.session, code, reason);
  }

  forget(): void {
    this.#options.forget();
  }

  counts(): LaneCounts {
    return this.#options.counts.read();
  }

  figures(): LaneFigures | undefined {
    const figures = this.#options.figures();
    if (figures === undefined) return undefined;
    const { droppedTooLarge, droppedNoHandle, incomplete, piecesRefused } = figures;
    return {
      ...figures,
      rttMs: Math.round(figures.rttMs),
      drops: {
        tooLarge: droppedTooLarge,
        beforeUp: droppedNoHandle,
        ...queueDrops(figures.classes),
        incomplete,
        pieceRefused: piecesRefused,
      },
    };
  }
}
