import { constants } from "node:os";
import { type SendBatch, socketAddress } from "@florenetes/native";
import {
  BATCH_BYTES_MAX,
  BATCH_PAYLOADS_MAX,
  CONNECTION_ID_LENGTH,
  SYSTEM_ADDRESSES_MAX,
  UDP_PAYLOAD_MAX,
} from "../limits.ts";
import type { UdpSender } from "./udp-sender.ts";

const { EAGAIN, EMSGSIZE, ENOBUFS } = constants.errno;

const noAddress = new Uint8Array(0);
/** Offset of the connection ID in a packet with a short header. A long header has its version and the start of its ID in these bytes. */
const ID_AT = 1;

/**
 * Sends payloads of one connection that have the same size together: by one system call, and through most of the kernel as one
 * packet (UDP_SEGMENT, udp(7)). The last of them may be shorter. The peer may get them as one buffer, and finds where each begins
 * by the connection ID of the first (`joinedSize`). Payloads are written one behind the other:
 *
 *     | 1st | 2nd | … | last | ◀── slot: the next one
 */
export class BatchSender implements UdpSender {
  readonly #sendBatch: SendBatch;
  readonly #isIpv6: boolean;
  readonly #onError: () => void;
  readonly #bytes = new Uint8Array(BATCH_BYTES_MAX + UDP_PAYLOAD_MAX);
  readonly #addresses = new Map<string, Uint8Array>();
  #host = "";
  #port = 0;
  #address: Uint8Array = noAddress;
  /** Size of the first payload of the batch, and where the batch ends. */
  #segment = 0;
  #end = 0;
  #isShortSeen = false;
  /** A payload behind the batch that does not belong to it. */
  #strayLength = 0;
  #strayHost = "";
  #strayPort = 0;
  #isBlocked = false;
  /** Whether payloads are joined; not when their way leads through something that cannot cut them up. */
  #isJoining = true;

  /** @param onError The system refused to send (no route, not permitted, …). */
  constructor(sendBatch: SendBatch, isIpv6: boolean, onError: () => void) {
    this.#sendBatch = sendBatch;
    this.#isIpv6 = isIpv6;
    this.#onError = onError;
  }

  get slot(): Uint8Array {
    return this.#bytes.subarray(this.#end, this.#end + UDP_PAYLOAD_MAX);
  }

  get isWritable(): boolean {
    if (this.#isBlocked) {
      this.#isBlocked = false;
      this.flush();
    }
    return !this.#isBlocked;
  }

  send(length: number, host: string, port: number): boolean {
    if (this.#end > 0 && !this.#belongs(length, host, port)) {
      this.#strayLength = length;
      this.#strayHost = host;
      this.#strayPort = port;
      this.#flushBatch();
      return !this.#isBlocked;
    }
    if (this.#end === 0) this.#begin(length, host, port);
    this.#isShortSeen = length < this.#segment;
    this.#end += length;
    const isFull = this.#end + this.#segment > BATCH_BYTES_MAX || this.#end >= BATCH_PAYLOADS_MAX * this.#segment;
    if (isFull || !this.#isJoining) this.#flushBatch();
    return !this.#isBlocked;
  }

  flush(): void {
    // The second flush sends the stray payload, which is then a batch of its own.
    if (this.#end > 0) this.#flushBatch();
    if (this.#end > 0 && !this.#isBlocked) this.#flushBatch();
  }

  #belongs(length: number, host: string, port: number): boolean {
    if (this.#isShortSeen || length > this.#segment || port !== this.#port || host !== this.#host) return false;
    const [bytes, end] = [this.#bytes, this.#end];
    for (let at = ID_AT; at < ID_AT + CONNECTION_ID_LENGTH; at++) if (bytes[at] !== bytes[end + at]) return false;
    return true;
  }

  #begin(length: number, host: string, port: number): void {
    this.#segment = length;
    if (port === this.#port && host === this.#host) return;
    this.#host = host;
    this.#port = port;
    this.#address = this.#addressOf(host, port);
  }

  /** The address as system calls take it. An address of another family than the socket's is empty, and sending to it fails. */
  #addressOf(host: string, port: number): Uint8Array {
    const key = `${host} ${port}`;
    let address = this.#addresses.get(key);
    if (address === undefined) {
      if (this.#addresses.size >= SYSTEM_ADDRESSES_MAX) this.#addresses.clear();
      address = socketAddress(host, port, this.#isIpv6) ?? noAddress;
      this.#addresses.set(key, address);
    }
    return address;
  }

  #flushBatch(): void {
    const errno = this.#sendNow(0, this.#end, this.#end > this.#segment ? this.#segment : 0);
    if (errno === EAGAIN || errno === ENOBUFS) {
      this.#isBlocked = true;
      return;
    }
    if (errno !== 0 && this.#end > this.#segment) this.#sendSingly(errno !== EMSGSIZE);
    else if (errno !== 0) this.#onError();
    this.#takeStray();
  }

  /**
   * Sends the payloads of a batch that was refused one by one. When single ones are taken, the way leads through something that
   * cannot cut them up (IPsec, an old card), and no more are joined. EMSGSIZE says nothing of other batches: payloads larger than
   * the interface's MTU are probes.
   */
  #sendSingly(isForGood: boolean): void {
    for (let at = 0; at < this.#end; at += this.#segment) {
      if (this.#sendNow(at, Math.min(this.#segment, this.#end - at), 0) !== 0) this.#onError();
      else if (isForGood) this.#isJoining = false;
    }
  }

  #takeStray(): void {
    const [length, at] = [this.#strayLength, this.#end];
    this.#end = 0;
    this.#strayLength = 0;
    this.#isShortSeen = false;
    if (length === 0) return;
    this.#bytes.copyWithin(0, at, at + length);
    this.#begin(length, this.#strayHost, this.#strayPort);
    this.#end = length;
  }

  /** @param segment 0 for one payload. Returns an errno. */
  #sendNow(at: number, length: number, segment: number): number {
    return this.#sendBatch(this.#bytes, at, at + length, segment, this.#address);
  }
}
