import { constants } from "node:os";
import { errnoName, SOCKET_FULL, UnixDatagramSocket } from "@florenetes/native";
import { newFlorioCounters } from "../counters.ts";
import { FlorioError } from "../errors.ts";
import { deliverFrame } from "../inbound.ts";
import { packetCount } from "../frame.ts";
import { CONNECT_INTERVAL_MS, LOOK_INTERVAL_MS, OWN_PATH_CHECK_ATTEMPTS } from "../limits.ts";
import { Outbox, SendFate } from "../outbox.ts";
import type { FlorioCounters, FlorioHandlers, FlorioPort } from "../port.ts";
import { admitPartner, bindPath, checkPaths, inodeAt, unlinkOwn } from "./socket-path.ts";

const { EACCES, ECONNREFUSED, EMSGSIZE, ENOENT, ENOMEM, ENOTCONN, EPERM } = constants.errno;

export interface FlorioPortOptions {
  /** Our socket: an absolute path of at most 107 bytes. The partner's `connect` has the same text. */
  readonly bind: string;
  /** The partner's socket, which the partner binds. */
  readonly connect: string;
  /** Called from the event loop, never from inside one of the port's methods. */
  readonly handlers: FlorioHandlers;
}

/**
 * Binds our socket and connects to the partner's: tries every 100 ms until the partner is there, and again whenever it
 * was found gone. Only a send finds that out: so the owner sends something (a heartbeat) at once when the port tells of
 * a doubt, and regularly.
 *
 * @throws FlorioError when our own path cannot be bound. An absent partner is no error.
 */
export function openFlorioPort(options: FlorioPortOptions): FlorioPort {
  checkPaths(options.bind, options.connect);
  return new SocketPort(options);
}

/*
 *                connect: 0
 *    ┌─────────┐ ─────────────────────▶ ┌───────────┐
 *    │ waiting │                        │ connected │
 *    └─────────┘ ◀───────────────────── └───────────┘
 *     every 100 ms                       a send finds the partner gone (ECONNREFUSED, ENOTCONN): the same socket may
 *     connect again                      connect again. Refused for another reason: the partner may be alive, and is
 *                                        hurt by a connected socket that turns elsewhere, so a new one is made.
 *
 * The socket's callbacks only note what happened; all else is done in one turn, which setImmediate runs.
 */
class SocketPort implements FlorioPort {
  readonly counters: FlorioCounters = newFlorioCounters();
  readonly #bindPath: string;
  readonly #connectPath: string;
  readonly #handlers: FlorioHandlers;
  readonly #outbox = new Outbox(this.counters);
  readonly #inbox: Uint8Array[] = [];
  /** How many frames of the inbox have been delivered: a handler may find the partner gone. */
  #delivered = 0;
  readonly #send = (frame: Uint8Array): SendFate => this.#sendNow(frame);
  readonly #turnBound = (): void => this.#turn();
  #socket: UnixDatagramSocket | undefined;
  #inode = 0n;
  #isConnected = false;
  /** Whether the partner was found gone, and the owner was not told yet. */
  #hasLostPartner = false;
  #hasHeardPartner = false;
  /** Whether there are signs that the partner is gone. */
  #hasDoubt = false;
  #turnPlanned: NodeJS.Immediate | undefined;
  #isClosed = false;
  #connectTimer: NodeJS.Timeout | undefined;
  #attempts = 0;
  #waitingFor: string;

  constructor(options: FlorioPortOptions) {
    this.#bindPath = options.bind;
    this.#connectPath = options.connect;
    this.#handlers = options.handlers;
    this.#waitingFor = `${options.connect} was not tried yet`;
    this.#openSocket();
    this.#connectSoon(0);
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get waitingFor(): string {
    return this.#waitingFor;
  }

  get isWritable(): boolean {
    return this.#isConnected && this.#outbox.isWritable;
  }

  sendControl(message: Uint8Array): boolean {
    return this.#isConnected && this.#outbox.sendControl(message, this.#send);
  }

  sendPacket(handle: number, packet: Uint8Array, start: number, end: number, source = 0): boolean {
    if (!this.#isConnected) {
      this.counters.packetsRefusedNotConnected++;
      return false;
    }
    this.#planTurn();
    return this.#outbox.sendPacket(handle, source, packet, start, end, this.#send);
  }

  sendFrame(handle: number, frame: Uint8Array, source = 0): boolean {
    if (!this.#isConnected) {
      this.counters.packetsRefusedNotConnected += packetCount(frame);
      return false;
    }
    this.#planTurn();
    return this.#outbox.sendFrame(handle, source, frame, this.#send);
  }

  flush(): void {
    if (!this.#isConnected) return;
    this.#outbox.drain(this.#send);
    // Another round of the event loop costs more than to take the turn back.
    if (this.#outbox.needsTurn || this.#hasLostPartner || this.#inbox.length > 0) return;
    clearImmediate(this.#turnPlanned);
    this.#turnPlanned = undefined;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#outbox.drain(this.#send);
    this.#isConnected = false;
    this.#waitingFor = "closed";
    clearTimeout(this.#connectTimer);
    this.#closeSocket();
    this.#dropInbox();
    this.#outbox.clear();
  }

  #openSocket(): void {
    const socket = UnixDatagramSocket.open(
      this.#connectPath,
      (datagram) => this.#noteDatagram(datagram),
      () => this.#noteWritable(),
      () => this.#noteDoubt(),
    );
    if (typeof socket === "number") {
      throw new FlorioError("ERR_FLORIO_SOCKET", `no Unix socket could be made: ${errnoName(socket)}`);
    }
    try {
      this.#inode = bindPath(socket, this.#bindPath);
    } catch (error) {
      socket.close();
      throw error;
    }
    this.#socket = socket;
  }

  #closeSocket(): void {
    if (this.#socket === undefined) return;
    // Done in this order, as the inode number cannot be another file's while the socket is open.
    unlinkOwn(this.#bindPath, this.#inode);
    this.#socket.close();
    this.#socket = undefined;
  }

  #noteDatagram(datagram: Uint8Array | null): void {
    if (datagram === null) {
      this.counters.framesDroppedSender++;
      return;
    }
    this.#hasHeardPartner = true;
    this.#inbox.push(datagram);
    this.#planTurn();
  }

  #noteWritable(): void {
    this.#outbox.unblock();
    this.#planTurn();
  }

  #noteDoubt(): void {
    this.#hasDoubt = true;
    this.#planTurn();
  }

  #planTurn(): void {
    this.#turnPlanned ??= setImmediate(this.#turnBound);
  }

  #turn(): void {
    this.#turnPlanned = undefined;
    if (this.#hasLostPartner) this.#announceLoss();
    // The partner is there and connected to us, so there is no need to wait for the next attempt.
    if (this.#hasHeardPartner && !this.#isConnected) this.#connect();
    this.#hasHeardPartner = false;
    while (this.#delivered < this.#inbox.length) {
      deliverFrame(this.#inbox[this.#delivered++]!, this.#handlers, this.counters);
    }
    this.#inbox.length = 0;
    this.#delivered = 0;
    if (this.#isClosed) return;
    if (this.#hasDoubt && this.#isConnected) this.#handlers.onDoubt?.();
    this.#hasDoubt = false;
    if (this.#isConnected) this.#outbox.drain(this.#send);
    if (this.#hasLostPartner) this.#announceLoss();
    if (this.#isConnected && this.#outbox.takeWritable()) this.#handlers.onWritable();
  }

  #sendNow(frame: Uint8Array): SendFate {
    if (!this.#isConnected) return SendFate.gone;
    const result = this.#socket!.send(frame);
    if (result === 0) return SendFate.sent;
    if (result === SOCKET_FULL) return SendFate.full;
    if (result === EMSGSIZE || result === ENOMEM) return SendFate.unsendable;
    this.#losePartner(result);
    return SendFate.gone;
  }

  #losePartner(errno: number): void {
    this.#isConnected = false;
    this.#hasLostPartner = true;
    this.counters.disconnects++;
    this.#waitingFor = `${this.#connectPath}: the partner is gone (${errnoName(errno)})`;
    // Frames that are not handled yet belong to the partner's life that has ended.
    this.#dropInbox();
    if (errno !== ECONNREFUSED && errno !== ENOTCONN) this.#closeSocket();
    else this.#socket?.lookForPartner(0);
    this.#planTurn();
  }

  #dropInbox(): void {
    this.counters.framesDroppedDisconnected += this.#inbox.length - this.#delivered;
    this.#inbox.length = 0;
    this.#delivered = 0;
  }

  #announceLoss(): void {
    this.#hasLostPartner = false;
    this.#outbox.clear();
    if (this.#isClosed) return;
    this.#handlers.onDisconnected();
    this.#connect();
  }

  #connectSoon(delayMs: number): void {
    clearTimeout(this.#connectTimer);
    this.#connectTimer = setTimeout(() => this.#connect(), delayMs);
  }

  #connect(): void {
    if (this.#isClosed || this.#isConnected) return;
    this.#attempts++;
    try {
      if (this.#attempts % OWN_PATH_CHECK_ATTEMPTS === 0) this.#checkOwnPath();
      if (this.#socket === undefined) this.#openSocket();
    } catch (error) {
      if (!(error instanceof FlorioError)) throw error;
      this.#waitingFor = `${error.code}: ${error.message}`;
      this.#connectSoon(CONNECT_INTERVAL_MS);
      return;
    }
    const errno = this.#socket!.connect(this.#connectPath);
    if (errno !== 0) {
      this.#waitingFor = `${this.#connectPath}: ${explain(errno)}`;
      this.#connectSoon(CONNECT_INTERVAL_MS);
      return;
    }
    admitPartner(this.#bindPath, this.#connectPath);
    clearTimeout(this.#connectTimer);
    this.#attempts = 0;
    this.#socket!.lookForPartner(LOOK_INTERVAL_MS);
    this.#isConnected = true;
    this.#waitingFor = "";
    this.#handlers.onConnected();
  }

  /** When our file was removed, with its directory perhaps, no partner can find us: a new socket is bound. */
  #checkOwnPath(): void {
    if (this.#socket !== undefined && inodeAt(this.#bindPath) !== this.#inode) this.#closeSocket();
  }
}

function explain(errno: number): string {
  switch (errno) {
    case ENOENT:
      return "no such socket yet (ENOENT): the other process is not running, or binds another path";
    case ECONNREFUSED:
      return "nobody listens there (ECONNREFUSED): the other process has died and is not back yet";
    case EPERM:
      return "it is connected to another socket (EPERM): it has not noticed our restart yet, or its `connect` is not our `bind`";
    case EACCES:
      return "no permission (EACCES): we may not enter its directory, or its process has not let us in yet, which it does when it connects to us";
    default:
      return `cannot be connected to: ${errnoName(errno)}`;
  }
}
