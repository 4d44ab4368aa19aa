import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ImpairedWire } from "./impairment.ts";
import { RELAY_DATAGRAMS_MAX } from "./limits.ts";
import type { Impairment } from "./scenario-step.ts";
import { print } from "./terminal.ts";

/** A command to a relay is a line of JSON on its standard input. The relay answers with the line `done`. */
export type RelayCommand = { readonly rebind: true } | { readonly impair: Impairment };

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Runs a relay, a NAT and a bad wire in one, between the originator of a link and its acceptor. Datagrams that come to `listen` go to
 * `target` from a port of the relay's own, and answers go back to the last sender. Ends when the input ends.
 *
 *     originator ──▶ listen │ relay │ port n ──▶ target        rebind: port n + 1 from now on; what still comes
 *                                                              to port n is lost, as behind a NAT that forgot it
 */
export async function runRelay(listen: HostPort, target: HostPort): Promise<void> {
  const inside = createSocket("udp4");
  inside.bind({ address: listen.host, port: listen.port });
  await once(inside, "listening");
  let client: HostPort | undefined;
  const toInside = new DelayLine((bytes) => client !== undefined && send(inside, bytes, client));
  let outside = await openOutside(target, toInside);
  const toOutside = new DelayLine((bytes) => send(outside, bytes, target));
  inside.on("error", () => {});
  inside.on("message", (bytes, { address, port }) => {
    client = { host: address, port };
    toOutside.handleDatagram(bytes);
  });
  print("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as RelayCommand;
    if ("impair" in command) {
      for (const way of [toInside, toOutside]) way.wire.impairment = command.impair;
    } else {
      const old = outside;
      outside = await openOutside(target, toInside);
      old.close();
    }
    print("done");
  }
  inside.close();
  outside.close();
}

/** Reads `127.0.0.1:20000`. */
export function requireHostPort(text: string): HostPort {
  const at = text.lastIndexOf(":");
  return { host: text.slice(0, at), port: Number(text.slice(at + 1)) };
}

/** Holds datagrams until they may leave. */
class DelayLine {
  readonly wire = new ImpairedWire(() => Math.random());
  readonly #send: (bytes: Uint8Array) => void;
  /** Datagrams that wait, by the time at which they leave. */
  readonly #held: { readonly leavesAt: number; readonly bytes: Uint8Array }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  handleDatagram(bytes: Uint8Array): void {
    const now = performance.now();
    for (const leavesAt of this.wire.handleDatagram(bytes.length, now)) {
      if (leavesAt <= now && this.#held.length === 0) this.#send(bytes);
      else if (this.#held.length < RELAY_DATAGRAMS_MAX) this.#hold(leavesAt, bytes);
    }
    this.#arm(now);
  }

  #hold(leavesAt: number, bytes: Uint8Array): void {
    const at = this.#held.findLastIndex((held) => held.leavesAt <= leavesAt) + 1;
    this.#held.splice(at, 0, { leavesAt, bytes });
  }

  #arm(now: number): void {
    const [first] = this.#held;
    if (first === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#release(), Math.max(1, first.leavesAt - now));
  }

  #release(): void {
    const now = performance.now();
    const waiting = this.#held.findIndex(({ leavesAt }) => leavesAt > now);
    for (const { bytes } of this.#held.splice(0, waiting < 0 ? this.#held.length : waiting)) this.#send(bytes);
    this.#timer = undefined;
    this.#arm(now);
  }
}

/** Opens another port than the present one, which is still taken meanwhile. */
async function openOutside(target: HostPort, toInside: DelayLine): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind();
  await once(socket, "listening");
  socket.on("error", () => {});
  socket.on("message", (bytes, { address, port }) => {
    if (address === target.host && port === target.port) toInside.handleDatagram(bytes);
  });
  return socket;
}

/** Sends a datagram. Errors do not matter to a relay: a wire that is down takes nothing. */
function send(socket: Socket, bytes: Uint8Array, { host, port }: HostPort): void {
  try {
    socket.send(bytes, port, host, () => {});
  } catch {
    // The socket was closed meanwhile.
  }
}
