import { ftruncateSync, readSync } from "node:fs";
import { openMemoryFile } from "@florenetes/native";
import type { TellSecrets } from "../../engine.ts";

/** A connection of an engine that writes its keys into a file when it is told to. */
export interface KeySource {
  setKeylog(path: string): void;
}

/** The traffic secrets of both ends for 1-RTT packets, before any key update (RFC 8446, 7.1). */
export interface TrafficSecrets {
  readonly client: Buffer;
  readonly server: Buffer;
}

/** The secrets of a connection that a call has revealed. */
export interface RevealedSecrets {
  /** A client's own secret for packets of the handshake. */
  readonly handshake: Buffer | undefined;
  readonly traffic: TrafficSecrets | undefined;
}

/** More lines than a connection writes in its life. */
const SIZE_MAX = 4_096;

const handshakeLabel = Buffer.from("CLIENT_HANDSHAKE_TRAFFIC_SECRET ");
const clientLabel = Buffer.from("CLIENT_TRAFFIC_SECRET_0 ");
const serverLabel = Buffer.from("SERVER_TRAFFIC_SECRET_0 ");
const [space, newline, firstDigit, firstLetter] = [0x20, 0x0a, 0x30, 0x61];

/**
 * Engines reveal their keys only to a key log (the format of NSS, RFC 9850). This one is a nameless file in memory,
 * which is emptied after each look. All connections share it: everything runs in one thread, so the lines that a call
 * has written are those of the called connection.
 */
export class KeyLog {
  readonly #file = openMemoryFile();
  readonly #buffer = Buffer.allocUnsafeSlow(SIZE_MAX);
  readonly #tell: TellSecrets;

  /** @param tell gets all lines; they are zeroed afterwards. */
  constructor(tell: TellSecrets) {
    this.#tell = tell;
  }

  /** Makes a connection write its keys here. The connection holds a file descriptor for that as long as it lives. */
  attach(source: KeySource): void {
    source.setKeylog(`/proc/self/fd/${this.#file}`);
  }

  /**
   * Returns the secrets that `call` has revealed. No other copy exists here: no string is made of them.
   *
   * @param isClient whether the connection is a client's, who may need its secret for packets of the handshake.
   */
  during(call: () => void, isClient: boolean): RevealedSecrets {
    this.#take().fill(0);
    call();
    const lines = this.#take();
    const handshake = isClient ? secretOf(lines, handshakeLabel) : undefined;
    const client = secretOf(lines, clientLabel);
    const server = secretOf(lines, serverLabel);
    lines.fill(0);
    return { handshake, traffic: client && server && { client, server } };
  }

  #take(): Buffer {
    const length = readSync(this.#file, this.#buffer, 0, SIZE_MAX, 0);
    const lines = this.#buffer.subarray(0, length);
    if (length > 0) {
      ftruncateSync(this.#file, 0);
      this.#tell(lines);
    }
    return lines;
  }
}

/**
 * The secret in the last line `label random secret` (hexadecimal digits). Several lines are possible: a server's
 * connection may have been made anew while it received the first packet.
 */
function secretOf(lines: Buffer, label: Buffer): Buffer | undefined {
  const at = lines.lastIndexOf(label);
  if (at < 0) return undefined;
  const from = lines.indexOf(space, at + label.length) + 1;
  const to = lines.indexOf(newline, from);
  if (from === 0 || to < 0) return undefined;
  const secret = Buffer.allocUnsafeSlow((to - from) >>> 1);
  for (let i = 0; i < secret.length; i++) {
    secret[i] = (digitOf(lines[from + 2 * i]!) << 4) | digitOf(lines[from + 2 * i + 1]!);
  }
  return secret;
}

/** The value of a hexadecimal digit in lower case. */
function digitOf(code: number): number {
  return code < firstLetter ? code - firstDigit : code - firstLetter + 10;
}
