import type { UdpAddress } from "../addresses/link-address.ts";
import type { SessionAddress } from "../addresses/session-address.ts";
import type { Verdict } from "../reasons.ts";
import type { SessionProbes } from "../sizes/session-probes.ts";
import type { Accept } from "./hello.ts";
import type { SessionFigures } from "./session-figures.ts";
import type { SessionOrder } from "./session-order.ts";
import type { DeliverPacket, SessionEvent, SessionState, VerifiedVertex } from "./session-types.ts";

/** A QUIC connection of a link as the endpoint and the link use it, in whichever thread its engine is called. */
export interface Session {
  readonly isOriginator: boolean;
  readonly state: SessionState;
  readonly address: SessionAddress;
  /** The peer's vertex, once it is verified. */
  readonly peer: VerifiedVertex | undefined;
  /** Known after the hello. */
  readonly order: SessionOrder | undefined;
  /** The probes of its path; undefined before both ends know the probe key, and after the end of a session in this thread. */
  readonly probes: SessionProbes | undefined;
  /** 0 unless up. */
  readonly mtu: number;
  /** 0 unless up. */
  readonly preferredMtu: number;
  /** The largest UDP payload that was found to get through so far. */
  readonly udpPayload: number;
  /** The pause between two signs of life while nothing is sent; 0: the link is not quiet. */
  readonly quietMs: number;
  /** The time at which the peer was heard last; -Infinity: never. */
  readonly lastHeard: number;
  /** The set of classes in which its queue has got long: their senders should hold back. */
  readonly congestedClasses: number;
  /** The session is over, and its last packets have not left yet. */
  readonly isLeaving: boolean;
  /** The UDP payload for the next attempt, when the peer or the path takes less than this session's; else 0. */
  readonly narrowerPayload: number;
  figures(): SessionFigures;
  /** Takes one UDP payload; it is decrypted in place. Call `settle` after a batch of them. A closed session takes them too:
   *  the peer may have missed our CONNECTION_CLOSE. */
  handleDatagram(datagram: Uint8Array, from: UdpAddress, now: number): void;
  /** Tries a datagram as a stateless reset of this session. True: it was one, and the session has ended. The bytes are left as they are. */
  handleReset(datagram: Uint8Array, from: UdpAddress, now: number): boolean;
  handleTimeout(now: number): void;
  /** Acts on all that has come since the last call. Packets go to `deliver`, in `scratch`. */
  settle(now: number, scratch: Uint8Array, deliver: DeliverPacket): void;
  pollEvent(): SessionEvent | undefined;
  /** An acceptor takes the hello; the originator's probes are answered from now on. */
  accept(instance: Accept["instance"], now: number): void;
  /** An acceptor asks for a fresh session in the place of this one, which goes on until the fresh one is up. */
  askRenewal(): void;
  /** Ends the session; the peer is told when the reason is one that travels. */
  close(why: Verdict): void;
  /** Takes a packet to be sent, with `PIECE_HEADER_LENGTH` bytes before it that are left as they are; false when it was dropped. */
  send(packet: Uint8Array, start: number, end: number, inLink: number, now: number): boolean;
  /** Has the session send at this rate and no faster, headers included; undefined: as fast as its path takes it. */
  setRate(bitsPerSecond: number | undefined): void;
  /** Writes at most one UDP payload into `out`, which holds `UDP_PAYLOAD_MAX` bytes. */
  pollTransmit(out: Uint8Array, now: number): number;
  nextTimeout(now: number): number;
}
