import { networkInterfaces } from "node:os";
import type { NativeLane, NativeUdpFigures } from "@florenetes/data-plane";
import type { LinkTraffic } from "../../../link-traffic.ts";
import type { UdpAddress } from "../../../quic-link/addresses/link-address.ts";
import { ScopedAddresses } from "../../../quic-link/drivers/scoped-addresses.ts";
import { UDP_PAYLOAD_MAX } from "../../../quic-link/limits.ts";
import type { ResolvableSocket } from "../../../quic-link/link-surroundings.ts";

export interface LaneSocketOptions {
  readonly native: NativeLane;
  readonly cluster: number;
  readonly address: UdpAddress;
  readonly isIpv6: boolean;
  readonly figures: () => NativeUdpFigures | undefined;
  /** A datagram was given up, since the thread had no room for more orders. */
  readonly onLost: () => void;
}

/** A peer as the thread has it: link-local addresses have the number of their interface. */
export interface LanePeer {
  readonly host: string;
  readonly port: number;
  /** The address of ours that the peer has sent to; empty: it is not known. */
  readonly local: string;
}

/** A UDP socket of the data thread. This thread sends by it, too: to strangers, in handshakes, and to check addresses. */
export class LaneSocket implements ResolvableSocket {
  readonly address: UdpAddress;
  readonly isIpv6: boolean;
  readonly slot: Uint8Array = new Uint8Array(UDP_PAYLOAD_MAX);
  readonly #options: LaneSocketOptions;
  readonly #native: NativeLane;
  readonly #scoped = new ScopedAddresses();
  #figures: NativeUdpFigures = {
    received: 0,
    sent: 0,
    bytesReceived: 0,
    bytesSent: 0,
    socketFull: 0,
    sendErrors: 0,
    receiveErrors: 0,
  };
  /** Datagrams whose address the thread does not take. */
  #refused = 0;

  constructor(options: LaneSocketOptions) {
    this.#options = options;
    this.#native = options.native;
    this.address = options.address;
    this.isIpv6 = options.isIpv6;
  }

  get counters(): LinkTraffic {
    this.#figures = this.#options.figures() ?? this.#figures;
    return { ...this.#figures, sendErrors: this.#figures.sendErrors + this.#refused };
  }

  /** Whether the thread has room for orders. */
  get isWritable(): boolean {
    return this.#native.flush();
  }

  sendSlot(length: number, to: UdpAddress): boolean {
    const { cluster, onLost } = this.#options;
    try {
      const bytes = this.slot.subarray(0, length);
      const { host, port, local } = this.peerAt(to);
      if (!this.#native.sendDatagram(cluster, host, port, local, bytes)) onLost();
    } catch {
      this.#refused++;
    }
    return this.isWritable;
  }

  flush(): boolean {
    return this.#native.flush();
  }

  withoutScope(host: string): string {
    return this.#scoped.take(host);
  }

  /** The address as the thread has it. */
  peerAt({ host, port, local = "" }: UdpAddress): LanePeer {
    return { host: this.#withScope(host), port, local };
  }

  /** The address with the number of the interface that it was last seen with. */
  #withScope(host: string): string {
    const scope = this.#scoped.scopeOf(host);
    return scope === undefined ? host : numberedScope(`${host}%${scope}`);
  }

  close(): Promise<void> {
    this.#native.closeUdp(this.#options.cluster);
    return Promise.resolve();
  }
}

/**
 * The address with the number of its interface, where it has one: `fe80::1%2` for `fe80::1%eth0`.
 *
 * @param interfaces those of this machine
 */
export function numberedScope(host: string, interfaces: typeof networkInterfaces = networkInterfaces): string {
  const at = host.indexOf("%");
  return at < 0 ? host : `${host.slice(0, at)}%${scopeNumber(host.slice(at + 1), interfaces)}`;
}

/** The system's number of an interface, which may be given by its name; 0: it is not known. */
function scopeNumber(scope: string, interfaces: typeof networkInterfaces): string {
  if (/^\d+$/.test(scope)) return scope;
  const addresses = interfaces()[scope] ?? [];
  const number = addresses.find((address) => address.family === "IPv6" && address.scopeid > 0)?.scopeid;
  return String(number ?? 0);
}
