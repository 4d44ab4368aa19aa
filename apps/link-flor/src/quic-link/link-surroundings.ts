import type { LinkTraffic } from "../link-traffic.ts";
import type { UdpAddress } from "./addresses/link-address.ts";
import type { OpenDoor } from "./visits/visit.ts";

/** All that the links of a cluster take from the machine once they run. */
export interface LinkSurroundings {
  readonly socket: LinkSocket;
  readonly resolve: Resolve;
  readonly openDoor: OpenDoor;
  readonly kept: KeptNeighbours;
}

/** A UDP socket, as links send by it. Datagrams that it receives go to the handlers that it was opened with. */
export interface LinkSocket {
  readonly address: UdpAddress;
  readonly counters: LinkTraffic;
  /** The buffer that the next payload is to be written into, `UDP_PAYLOAD_MAX` bytes. */
  readonly slot: Uint8Array;
  /** Whether the socket takes more at the moment. */
  readonly isWritable: boolean;
  /** Takes what was written into the slot; it leaves at `flush` at the latest. False: no more is taken until `isWritable`. */
  sendSlot(length: number, to: UdpAddress): boolean;
  /** False: the kernel's buffer is full, and some of what was taken waits in the socket. */
  flush(): boolean;
  /** Lets what was sent leave, then closes. */
  close(): Promise<void>;
}

/** The owner of a socket, which gets all that the socket receives. */
export interface UdpHandlers {
  /** Takes a datagram, or several of one sender that the kernel has joined; the handler may change the buffer. Returns the number of datagrams. */
  onDatagrams(datagrams: Uint8Array, from: UdpAddress): number;
}

/** A socket, with what must be known of it to look up an address that it can send to. */
export interface ResolvableSocket extends LinkSocket {
  readonly isIpv6: boolean;
  /** The address as QUIC takes it: `fe80::1%eth0` without its interface, which is remembered. */
  withoutScope(host: string): string;
}

/** Binds a UDP socket; rejects with the system's error. */
export type OpenUdp = (
  listen: { readonly host: string; readonly port: number },
  handlers: UdpHandlers,
) => Promise<ResolvableSocket>;

/**
 * Finds the address of a host, as the socket takes it, and answers once: at once, or later.
 *
 * @param done gets the address, or undefined and why there is none
 */
export type Resolve = (
  host: string,
  port: number,
  done: (address: UdpAddress | undefined, problem: string) => void,
) => void;

/** Keeps the addresses of neighbours for the next start. */
export interface KeptNeighbours {
  /** A link has come up. */
  handleChange(): void;
  close(): void;
}
