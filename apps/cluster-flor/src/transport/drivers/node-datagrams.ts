import { type Socket, createSocket } from "node:dgram";
import { lookup } from "node:dns";
import { isIP } from "node:net";
import { type DatagramAddress, formatListenAddress } from "@florenetes/config-file";
import { Code } from "../codes.ts";
import { SOCKET_QUEUE_MAX, WAITING_BYTES_MAX, WAITING_MAX } from "../datagrams/limits.ts";
import type {
  ClientAddress,
  DatagramListener,
  DatagramNetwork,
  DatagramReceiver,
  DatagramSocket,
  DatagramUser,
} from "../datagrams/datagram-network.ts";
import { ADDRESSES_MAX } from "../limits.ts";
import { listenError } from "./listen-error.ts";

/** The receive buffer that the system is asked for; the system gives less when its own limit is lower. */
const RECEIVE_BUFFER_SIZE = 1024 * 1024;

/** Finds the addresses of a name, in the order in which they are tried. */
export type Lookup = (
  host: string,
  options: { readonly all: true },
  onDone: (error: NodeJS.ErrnoException | null, found: readonly { readonly address: string }[]) => void,
) => void;

/** UDP sockets of this machine. */
export class NodeDatagrams implements DatagramNetwork {
  readonly #lookup: Lookup;
  #open = 0;

  constructor(lookUp: Lookup = lookup) {
    this.#lookup = lookUp;
  }

  get open(): number {
    return this.#open;
  }

  listen(address: DatagramAddress, clients: DatagramReceiver): Promise<DatagramListener> {
    const socket = this.#create(address.host);
    return new Promise((done, failed) => {
      socket.once("error", (error: NodeJS.ErrnoException) => {
        socket.close();
        failed(listenError(address, error));
      });
      socket.bind({ address: address.host, port: address.port }, () => {
        socket.removeAllListeners("error");
        // A datagram that could not be read or sent must not end the process.
        socket.on("error", () => {});
        socket.on("message", (bytes, from) => clients.handleClientDatagram(bytes, from));
        socket.on("close", () => clients.handleClosed());
        setReceiveBuffer(socket);
        const listener = new NodeListener(socket);
        clients.handleListening(listener);
        done(listener);
      });
    });
  }

  connect(target: DatagramAddress, timeoutMs: number, user: DatagramUser): () => void {
    let isOver = false;
    let socket: Socket | undefined;
    const giveUp = (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      socket?.close();
    };
    const fail = (code: number, reason: string): void => {
      if (isOver) return;
      giveUp();
      user.handleFailed(code, `${formatListenAddress(target)}: ${reason}`);
    };
    const timer = setTimeout(() => fail(Code.targetTimeout, "no answer"), timeoutMs);
    this.#lookup(target.host, { all: true }, (error, found) => {
      if (isOver) return;
      if (error !== null) return fail(Code.targetDown, error.code ?? error.message);
      const addresses = found.slice(0, ADDRESSES_MAX).map(({ address }) => address);
      const tryNext = (failure: string): void => {
        const address = addresses.shift();
        if (address === undefined) return fail(Code.targetDown, failure);
        const next = this.#connect(target.port, address, (failedBy) => {
          if (isOver) return;
          if (failedBy !== undefined) return tryNext(failedBy);
          isOver = true;
          clearTimeout(timer);
          const others = { addresses, connect: this.#connect.bind(this, target.port) };
          user.handleConnected(new ConnectedSocket(next, user, others));
        });
        socket = next;
      };
      tryNext("it has no address");
    });
    return giveUp;
  }

  /** @param onDone Called when the socket is connected, or with the reason why not: the socket is closed then. */
  #connect(port: number, address: string, onDone: (failure: string | undefined) => void): Socket {
    const socket = this.#create(address);
    let isDone = false;
    const done = (failure: string | undefined): void => {
      if (isDone) return;
      isDone = true;
      socket.removeListener("error", failed);
      if (failure !== undefined) socket.close();
      onDone(failure);
    };
    const failed = ({ code, message }: NodeJS.ErrnoException): void => done(code ?? message);
    socket.once("error", failed);
    socket.once("close", () => (isDone = true));
    // Events, and not a callback: a callback would get failures in place of the listeners.
    socket.once("connect", () => done(undefined));
    socket.connect(port, address);
    return socket;
  }

  #create(host: string): Socket {
    const socket = createSocket({ type: isIP(host) === 6 ? "udp6" : "udp4" });
    this.#open++;
    socket.once("close", () => this.#open--);
    return socket;
  }
}

class NodeListener implements DatagramListener {
  readonly #socket: Socket;
  #isClosed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(bytes: Uint8Array, { port, address }: ClientAddress): boolean {
    if (this.#isClosed || this.#socket.getSendQueueSize() > SOCKET_QUEUE_MAX) return false;
    // A client that is gone needs no answer.
    this.#socket.send(bytes, port, address, () => {});
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }
}

/** The remaining addresses of a target, and how to connect a socket to one. */
interface Others {
  readonly addresses: string[];
  readonly connect: (address: string, onDone: (failure: string | undefined) => void) => Socket;
}

/**
 * A socket that receives only from its target: the system drops other datagrams, and reports when nothing listens at the target.
 * Then, until the target has answered once, the next address of the target takes over, and gets the first datagrams again.
 */
class ConnectedSocket implements DatagramSocket {
  #socket: Socket;
  readonly #user: DatagramUser;
  /** Undefined once the target has answered. */
  #others: Others | undefined;
  /** The first datagrams, kept while another address is left. */
  #said: Uint8Array[] = [];
  #saidBytes = 0;
  #isConnecting = false;
  #isClosed = false;

  constructor(socket: Socket, user: DatagramUser, others: Others) {
    this.#socket = socket;
    this.#user = user;
    this.#others = others;
    this.#hear(socket);
  }

  send(bytes: Uint8Array): boolean {
    if (this.#isClosed) return false;
    if (this.#isConnecting) return this.#keep(bytes);
    if (this.#others !== undefined && this.#others.addresses.length > 0) this.#keep(bytes);
    if (this.#socket.getSendQueueSize() > SOCKET_QUEUE_MAX) return false;
    this.#give(bytes);
    return true;
  }

  #give(bytes: Uint8Array): void {
    const socket = this.#socket;
    socket.send(bytes, (error) => {
      if (error !== null && socket === this.#socket) this.#handleError(error);
    });
  }

  #hear(socket: Socket): void {
    setReceiveBuffer(socket);
    socket.on("error", (error) => {
      if (socket === this.#socket) this.#handleError(error);
    });
    socket.on("message", (bytes) => {
      if (this.#isClosed || socket !== this.#socket) return;
      this.#forgetOthers();
      this.#user.handleTargetDatagram(bytes);
    });
  }

  /** False: no room is left. */
  #keep(bytes: Uint8Array): boolean {
    const isLarge = this.#said.length > 0 && this.#saidBytes + bytes.length > WAITING_BYTES_MAX;
    if (this.#said.length >= WAITING_MAX || isLarge) return false;
    this.#said.push(bytes);
    this.#saidBytes += bytes.length;
    return true;
  }

  #forgetOthers(): void {
    this.#others = undefined;
    [this.#said, this.#saidBytes] = [[], 0];
  }

  /** Tries the next address. False: none is left. */
  #tryNext(): boolean {
    const others = this.#others;
    const address = others?.addresses.shift();
    if (others === undefined || address === undefined) return false;
    if (!this.#isConnecting) this.#socket.close();
    this.#isConnecting = true;
    const next = others.connect(address, (failure) => {
      if (this.#isClosed || next !== this.#socket) return;
      if (failure !== undefined) {
        if (this.#tryNext()) return;
        // The socket is closed already.
        this.#isClosed = true;
        return this.#user.handleTargetError(true);
      }
      this.#isConnecting = false;
      this.#hear(next);
      const said = this.#said;
      if (others.addresses.length === 0) this.#forgetOthers();
      for (const bytes of said) this.#give(bytes);
    });
    this.#socket = next;
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  #handleError(error: NodeJS.ErrnoException): void {
    if (this.#isClosed || this.#isConnecting) return;
    const isRefused = error.code === "ECONNREFUSED";
    if (!isRefused || !this.#tryNext()) this.#user.handleTargetError(isRefused);
  }
}

function setReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_SIZE);
  } catch {
    // The system's default size has to do.
  }
}
