import { ftruncateSync, readSync } from "node:fs";
import { openMemoryFile } from "@florenetes/native";
import type { NativeConnection } from "./native-connection.ts";

/** Of either end, for its 1-RTT packets before any key update (RFC 8446, 7.1). */
export interface TrafficSecrets {
  readonly client: Buffer;
  readonly server: Buffer;
}

/** More lines than a connection writes in its life. */
const sizeMax = 4_096;

/**
 * The engine tells its keys to nobody but a key log (the format of NSS, RFC 9850). This one is a file in memory without a name, which is
 * emptied after each look. All connections share it: everything runs in one thread, so what a call has written is of the
 * connection that was called.
 */
export class KeyLog {
  readonly #file = openMemoryFile();
  readonly #buffer = Buffer.allocUnsafeSlow(sizeMax);

  /** Has a connection tell its keys here. The native object holds a file descriptor for that as long as it lives. */
  attach(native: NativeConnection): void {
    native.setKeylog(`/proc/self/fd/${this.#file}`);
  }

  /** Returns the secrets that `call` brought to light, if it did. */
  during(call: () => void): TrafficSecrets | undefined {
    this.#take();
    call();
    const lines = this.#take();
    const client = secretOf(lines, "CLIENT_TRAFFIC_SECRET_0");
    const server = secretOf(lines, "SERVER_TRAFFIC_SECRET_0");
    return client && server && { client, server };
  }

  #take(): readonly string[] {
    const length = readSync(this.#file, this.#buffer, 0, sizeMax, 0);
    if (length === 0) return [];
    ftruncateSync(this.#file, 0);
    // Each connection goes on writing where it stopped: before that there is a hole now.
    const text = this.#buffer.toString("latin1", 0, length).replaceAll("\0", "");
    this.#buffer.fill(0, 0, length);
    return text.split("\n");
  }
}

/** The last of its kind: a server's connection may have been made anew while it heard the first packet. */
function secretOf(lines: readonly string[], label: string): Buffer | undefined {
  const line = lines.findLast((line) => line.startsWith(`${label} `));
  return line === undefined ? undefined : Buffer.from(line.split(" ")[2]!, "hex");
}
