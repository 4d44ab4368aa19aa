import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { QuicAddress } from "@florenetes/quic";
import { udpPayloadMax } from "../limits.ts";

export interface UdpHandlers {
  /** One datagram; the buffer is the handler's. */
  onDatagram(datagram: Uint8Array, from: QuicAddress): void;
}

export interface UdpCounters {
  received: number;
  sent: number;
  bytesReceived: number;
  bytesSent: number;
  /** How often sending had to wait since the kernel's buffer was full. */
  socketFull: number;
  /** The system refused to send (no route, not permitted, …). */
  sendErrors: number;
  /** An ICMP answer, and the like. */
  receiveErrors: number;
}

/** UDP payloads that may be on their way to the kernel at a time; each has a place of its own until it is there. */
const slotCount = 512;
/** Sends that may wait inside Node while the kernel's buffer is full. */
const waitingMax: number = slotCount / 2;
/** Link-local neighbours whose interface is remembered. */
const scopedMax = 256;
const kernelBufferSize = 4 * 1024 * 1024;

/** One UDP socket. Sending costs no object and no promise, and the buffers are used in turn. */
export class UdpSocket {
  readonly counters: UdpCounters = {
    received: 0,
    sent: 0,
    bytesReceived: 0,
    bytesSent: 0,
    socketFull: 0,
    sendErrors: 0,
    receiveErrors: 0,
  };
  readonly address: QuicAddress;
  readonly isIpv6: boolean;
  readonly #socket: Socket;
  readonly #slots: Uint8Array[];
  /** The last peer's address object, so that packets of one peer share one. */
  #from: QuicAddress = { host: "", port: 0 };
  #fromHost = "";
  /** Of link-local addresses: the interface that they are reached by, which QUIC knows nothing of. */
  readonly #scoped = new Map<string, string>();
  #next = 0;
  #isClosed = false;

  private constructor(socket: Socket, isIpv6: boolean, handlers: UdpHandlers) {
    this.#socket = socket;
    this.isIpv6 = isIpv6;
    const { address, port } = socket.address();
    this.address = { host: address, port };
    const slab = new Uint8Array(slotCount * udpPayloadMax);
    this.#slots = Array.from({ length: slotCount }, (_, i) =>
      slab.subarray(i * udpPayloadMax, (i + 1) * udpPayloadMax),
    );
    socket.on("message", (datagram, { address, port }) => {
      if (this.#isClosed) return;
      this.counters.received++;
      this.counters.bytesReceived += datagram.length;
      if (this.#from.port !== port || this.#fromHost !== address) {
        this.#fromHost = address;
        this.#from = { host: this.withoutScope(address), port };
      }
      handlers.onDatagram(datagram, this.#from);
    });
    // Without a callback of its own, a failed send ends here; so do the system's errors of receiving.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.syscall === "send") this.counters.sendErrors++;
      else this.counters.receiveErrors++;
    });
  }

  /** Binds; rejects with the system's error. */
  static open(listen: { readonly host: string; readonly port: number }, handlers: UdpHandlers): Promise<UdpSocket> {
    const isIpv6 = isIPv6(listen.host);
    const socket = createSocket({
      type: isIpv6 ? "udp6" : "udp4",
      // Addresses are resolved before: Node's own look-up would cost every datagram a trip through a queue.
      lookup: (host, _options, callback) => callback(null, host, isIpv6 ? 6 : 4),
    });
    return new Promise((done, fail) => {
      socket.once("error", fail);
      socket.bind({ address: listen.host, port: listen.port, exclusive: true }, () => {
        socket.removeListener("error", fail);
        growBuffers(socket);
        done(new UdpSocket(socket, isIpv6, handlers));
      });
    });
  }

  /** Where the next payload is to be written. */
  get slot(): Uint8Array {
    return this.#slots[this.#next]!;
  }

  /** Whether the kernel takes more at the moment. */
  get isWritable(): boolean {
    return this.#socket.getSendQueueCount() < waitingMax;
  }

  /** The address as QUIC takes it: `fe80::1%eth0` without its interface, which is remembered. */
  withoutScope(host: string): string {
    const at = host.indexOf("%");
    if (at < 0) return host;
    const address = host.slice(0, at);
    if (this.#scoped.size < scopedMax || this.#scoped.has(address)) this.#scoped.set(address, host);
    return address;
  }

  /** Sends what was written into the slot. */
  sendSlot(length: number, to: QuicAddress): void {
    const host = this.#scoped.size === 0 ? to.host : (this.#scoped.get(to.host) ?? to.host);
    const slot = this.#slots[this.#next]!;
    this.#next = (this.#next + 1) % slotCount;
    if (this.#isClosed) return;
    this.counters.sent++;
    this.counters.bytesSent += length;
    this.#socket.send(slot, 0, length, to.port, host);
  }

  /** Lets what was sent leave, then closes. */
  close(): Promise<void> {
    this.#isClosed = true;
    return new Promise((done) => this.#socket.close(() => done()));
  }
}

/** A burst that arrives while the process does something else should not be lost. The system may grant less. */
function growBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(kernelBufferSize);
    socket.setSendBufferSize(kernelBufferSize);
  } catch {
    // The default sizes work too.
  }
}
