import { createRequire } from "node:module";
import { constants } from "node:os";
import { FlorioError } from "../errors.ts";

/** The native binding of unix-dgram: system calls that return 0, a descriptor, or a negative errno. */
interface Binding {
  readonly AF_UNIX: number;
  readonly SOCK_DGRAM: number;
  socket(domain: number, type: number, protocol: number, onReceive: OnReceive, onWritable: () => void): number;
  bind(descriptor: number, path: string): number;
  connect(descriptor: number, path: string): number;
  /** 1 when the socket is full, and `onWritable` will be called once. */
  send(descriptor: number, datagram: Uint8Array): number;
  close(descriptor: number): number;
}

/** The datagram is null when there was nothing to read after all: its sender was killed, and what it had sent is lost. */
export type OnReceive = (status: number, datagram: Uint8Array | null, senderPath: string | null) => void;

let binding: Binding | undefined;

function loadBinding(): Binding {
  const require = createRequire(import.meta.url);
  try {
    // The package's own class sits on top of this and dies of null datagrams, beyond the reach of any handler.
    return require("unix-dgram/build/Release/unix_dgram.node") as Binding;
  } catch (cause) {
    throw new FlorioError("ERR_FLORIO_ADDON_MISSING", "the native add-on of unix-dgram could not be loaded", { cause });
  }
}

/**
 * A thin hand on one `AF_UNIX`/`SOCK_DGRAM` socket. Methods return 0 or an errno as a positive number.
 *
 * None of them may be called from inside the two callbacks: the add-on goes on with the socket after them.
 */
export class DatagramSocket {
  readonly #binding: Binding;
  #descriptor: number;

  constructor(onReceive: OnReceive, onWritable: () => void) {
    binding ??= loadBinding();
    this.#binding = binding;
    this.#descriptor = binding.socket(binding.AF_UNIX, binding.SOCK_DGRAM, 0, onReceive, onWritable);
    if (this.#descriptor < 0) {
      throw new FlorioError("ERR_FLORIO_SOCKET", `no Unix socket could be made: ${errnoName(-this.#descriptor)}`);
    }
  }

  bind(path: string): number {
    return 0 - this.#binding.bind(this.#descriptor, path);
  }

  connect(path: string): number {
    return 0 - this.#binding.connect(this.#descriptor, path);
  }

  /** 0 sent; `SOCKET_FULL`: not sent, `onWritable` follows; else an errno. */
  send(datagram: Uint8Array): number {
    return 0 - this.#binding.send(this.#descriptor, datagram);
  }

  close(): void {
    if (this.#descriptor < 0) return;
    this.#binding.close(this.#descriptor);
    this.#descriptor = -1;
  }
}

/** What `send` returns for a full socket: no errno is negative. */
export const SOCKET_FULL = -1;

const NAMES = new Map<number, string>(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** "ECONNREFUSED" for 111. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`;
}
