import { chmodSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { errnoName, SOCKET_FULL, UnixDatagramSocket } from "@florenetes/native";

const { ECONNREFUSED, ENOTCONN } = constants.errno;
const CONNECT_INTERVAL_MS = 100;
const LOOK_INTERVAL_MS = 100;
const MODE = 0o660;

export interface SocketHandlers {
  onFrame(frame: Uint8Array): void;
  onConnected(): void;
  /** A send has found the link vertex gone, by this error. */
  onGone(errno: string): void;
  /** The link vertex may be gone: a frame that is sent now shows it. */
  onDoubt(): void;
}

/** A FlorIO socket in the place of a cluster vertex's. It keeps the rules for sockets, but none for frames: any bytes can be sent. */
export class FlorioSocket {
  readonly #bind: string;
  readonly #connect: string;
  readonly #handlers: SocketHandlers;
  #socket: UnixDatagramSocket;
  #timer: NodeJS.Timeout | undefined;
  isConnected = false;
  /** Why the last attempt to connect failed; "" when it did not. */
  waitingFor = "";
  /** Frames of anybody but the link vertex. */
  foreignFrames = 0;

  constructor(bind: string, connect: string, handlers: SocketHandlers) {
    this.#bind = bind;
    this.#connect = connect;
    this.#handlers = handlers;
    this.#socket = this.#open();
    this.#tryToConnect();
  }

  /** Sends a frame. @returns "" when it was sent, "full" when there was no room, else the name of the error */
  send(frame: Uint8Array): string {
    if (!this.isConnected) return "ENOTCONN";
    const errno = this.#socket.send(frame);
    if (errno === 0) return "";
    if (errno === SOCKET_FULL) return "full";
    if (errno === constants.errno.EMSGSIZE) return errnoName(errno);
    this.isConnected = false;
    this.#socket.lookForPartner(0);
    if (errno !== ECONNREFUSED && errno !== ENOTCONN) {
      this.#socket.close();
      this.#socket = this.#open();
    }
    this.#handlers.onGone(errnoName(errno));
    this.#connectSoon();
    return errnoName(errno);
  }

  /** @param leavesFile leaves the socket's file, as a killed process does */
  close(leavesFile = false): void {
    clearTimeout(this.#timer);
    this.isConnected = false;
    this.#socket.close();
    if (!leavesFile) rmSync(this.#bind, { force: true });
  }

  #open(): UnixDatagramSocket {
    rmSync(this.#bind, { force: true });
    const socket = UnixDatagramSocket.open(
      this.#connect,
      (frame) => {
        if (frame === null) this.foreignFrames++;
        else this.#handlers.onFrame(frame);
      },
      () => {},
      () => this.#handlers.onDoubt(),
    );
    if (typeof socket === "number") throw new Error(`no Unix socket could be made: ${errnoName(socket)}`);
    const errno = socket.bind(this.#bind);
    if (errno !== 0) throw new Error(`${this.#bind} could not be bound: ${errnoName(errno)}`);
    chmodSync(this.#bind, MODE);
    return socket;
  }

  #connectSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tryToConnect(), CONNECT_INTERVAL_MS);
  }

  #tryToConnect(): void {
    const errno = this.#socket.connect(this.#connect);
    this.waitingFor = errno === 0 ? "" : errnoName(errno);
    if (errno !== 0) {
      this.#connectSoon();
      return;
    }
    this.isConnected = true;
    this.#socket.lookForPartner(LOOK_INTERVAL_MS);
    this.#handlers.onConnected();
  }
}
