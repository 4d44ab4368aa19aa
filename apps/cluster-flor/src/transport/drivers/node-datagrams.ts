import { type Socket, createSocket } from "node:dgram";
import { lookup } from "node:dns";
import { isIP } from "node:net";
import { type DatagramAddress, formatListenAddress } from "@florenetes/config-file";
import { Code } from "../codes.ts";
import { SOCKET_QUEUE_MAX } from "../datagrams/limits.ts";
import type {
  ClientAddress,
  DatagramListener,
  DatagramNetwork,
  DatagramReceiver,
  DatagramSocket,
  DatagramUser,
} from "../datagrams/datagram-network.ts";
import { listenError } from "./listen-error.ts";

/** The system shall keep so much for a socket until it is read; it takes less where its own limit is lower. */
const RECEIVE_BUFFER_SIZE = 1024 * 1024;

/** UDP sockets of this machine. */
export class NodeDatagrams implements DatagramNetwork {
  #open = 0;

  /** How many sockets there are. */
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
        // One datagram that could not be read or sent must not end the process.
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
    lookup(target.host, (error, address) => {
      if (isOver) return;
      if (error !== null) return fail(Code.targetDown, error.code ?? error.message);
      socket = this.#create(address);
      const failed = ({ code, message }: NodeJS.ErrnoException): void => fail(Code.targetDown, code ?? message);
      socket.once("error", failed);
      socket.connect(target.port, address, () => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        socket!.removeListener("error", failed);
        user.handleConnected(new ConnectedSocket(socket!, user));
      });
    });
    return giveUp;
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
    // Whoever is not there any more needs no answer.
    this.#socket.send(bytes, port, address, () => {});
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }
}

/** A socket that hears its target alone: the system drops what comes from elsewhere, and tells that nobody listens at the target. */
class ConnectedSocket implements DatagramSocket {
  readonly #socket: Socket;
  readonly #user: DatagramUser;
  #isClosed = false;

  constructor(socket: Socket, user: DatagramUser) {
    this.#socket = socket;
    this.#user = user;
    setReceiveBuffer(socket);
    socket.on("error", (error) => this.#handleError(error));
    socket.on("message", (bytes) => {
      if (!this.#isClosed) user.handleTargetDatagram(bytes);
    });
  }

  send(bytes: Uint8Array): boolean {
    if (this.#isClosed || this.#socket.getSendQueueSize() > SOCKET_QUEUE_MAX) return false;
    this.#socket.send(bytes, (error) => {
      if (error !== null) this.#handleError(error);
    });
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  #handleError(error: NodeJS.ErrnoException): void {
    if (!this.#isClosed) this.#user.handleTargetError(error.code === "ECONNREFUSED");
  }
}

function setReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_SIZE);
  } catch {
    // The system's own size has to do.
  }
}
