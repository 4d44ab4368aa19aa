import { createSocket, type Socket } from "node:dgram";
import { isIP } from "node:net";
import { batchSend, openBatchSocket } from "@florenetes/native";
import { nowhere, type UdpAddress } from "../addresses/link-address.ts";
import type { ResolvableSocket, UdpHandlers } from "../link-surroundings.ts";
import { BatchSender } from "./batch-sender.ts";
import { PlainSender } from "./plain-sender.ts";
import { ScopedAddresses } from "./scoped-addresses.ts";
import type { UdpSender } from "./udp-sender.ts";

const KERNEL_BUFFER_SIZE = 4 * 1024 * 1024;

/** A UDP socket: read by Node, written by a sender that joins what it can. */
export class UdpSocket implements ResolvableSocket {
  readonly counters = {
    received: 0,
    sent: 0,
    bytesReceived: 0,
    bytesSent: 0,
    /** How often sending had to wait since the kernel's buffer was full. */
    socketFull: 0,
    /** The system refused to send (no route, not permitted, …). */
    sendErrors: 0,
    /** Errors that the system reports on receiving, such as an ICMP answer. */
    receiveErrors: 0,
  };
  readonly address: UdpAddress;
  readonly isIpv6: boolean;
  readonly #socket: Socket;
  readonly #sender: UdpSender;
  /** The last peer's address object, so that packets of one peer share one. */
  #from: UdpAddress = nowhere;
  #fromHost = "";
  readonly #scoped = new ScopedAddresses();
  #isClosed = false;

  private constructor(socket: Socket, isIpv6: boolean, handlers: UdpHandlers, makeSender: MakeSender) {
    this.#socket = socket;
    this.isIpv6 = isIpv6;
    const { address, port } = socket.address();
    this.address = { host: address, port };
    this.#sender = makeSender(socket, () => void this.counters.sendErrors++);
    socket.on("message", (datagram, { address, port }) => {
      if (this.#isClosed) return;
      this.counters.bytesReceived += datagram.length;
      if (this.#from.port !== port || this.#fromHost !== address) {
        this.#fromHost = address;
        this.#from = { host: this.withoutScope(address), port };
      }
      this.counters.received += handlers.onDatagrams(datagram, this.#from);
    });
    // Without a callback of its own, a failed send ends here; so do the system's errors of receiving.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.syscall === "send") this.counters.sendErrors++;
      else this.counters.receiveErrors++;
    });
  }

  /** Binds; rejects with the system's error. Without a socket for batches, Node sends datagram by datagram. */
  static open(
    listen: { readonly host: string; readonly port: number },
    handlers: UdpHandlers,
    openForBatches: typeof openBatchSocket = openBatchSocket,
  ): Promise<UdpSocket> {
    // `isIPv6` would compile a large expression for an address of IPv4, too, which costs a start some milliseconds.
    const isIpv6 = isIP(listen.host) === 6;
    const socket = createSocket({
      type: isIpv6 ? "udp6" : "udp4",
      // Addresses are resolved before: Node's own look-up would cost every datagram a trip through a queue.
      lookup: (host, _options, callback) => callback(null, host, isIpv6 ? 6 : 4),
    });
    // When the address cannot be bound, Node fails to bind it as well, and says why.
    const descriptor = openForBatches(listen.host, listen.port, isIpv6);
    const makeSender: MakeSender =
      descriptor === undefined
        ? (socket) => new PlainSender(socket)
        : (_socket, onError) => new BatchSender(batchSend(descriptor), isIpv6, onError);
    return new Promise((done, fail) => {
      socket.once("error", fail);
      const address = { address: listen.host, port: listen.port };
      socket.bind({ ...(descriptor === undefined ? address : { fd: descriptor }), exclusive: true }, () => {
        socket.removeListener("error", fail);
        growBuffers(socket);
        done(new UdpSocket(socket, isIpv6, handlers, makeSender));
      });
    });
  }

  get slot(): Uint8Array {
    return this.#sender.slot;
  }

  get isWritable(): boolean {
    return this.#sender.isWritable;
  }

  withoutScope(host: string): string {
    return this.#scoped.take(host);
  }

  sendSlot(length: number, to: UdpAddress): boolean {
    if (this.#isClosed) return true;
    const scope = this.#scoped.scopeOf(to.host);
    const host = scope === undefined ? to.host : `${to.host}%${scope}`;
    this.counters.sent++;
    this.counters.bytesSent += length;
    return this.#sender.send(length, host, to.port);
  }

  flush(): boolean {
    if (this.#isClosed) return true;
    this.#sender.flush();
    if (this.#sender.isWritable) return true;
    this.counters.socketFull++;
    return false;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return new Promise((done) => this.#socket.close(() => done()));
  }
}

type MakeSender = (socket: Socket, onError: () => void) => UdpSender;

/** Asks for buffers that hold a burst which arrives while the process does something else. The system may grant less. */
function growBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(KERNEL_BUFFER_SIZE);
    socket.setSendBufferSize(KERNEL_BUFFER_SIZE);
  } catch {
    // The default sizes work too.
  }
}
