import type { PeerProof } from "@florenetes/identity";
import type { QuicConnection } from "@florenetes/quic";
import type { Hello } from "./hello.ts";
import type { JoinBuffers } from "../packets/joiner.ts";
import type { Verdict } from "../reasons.ts";
import type { Renewal } from "./session-life.ts";
import type { VisitEvent } from "../visits/visit.ts";
import type { SessionAddress } from "../addresses/session-address.ts";

/** A peer whose certificate chain is in order. The name of one that is no vertex has its kind before it: `user/alice`. */
export interface VerifiedVertex extends PeerProof {
  readonly name: string;
  /** Why it may visit and make no link: its certificate has ended, or is a user's or a service's. Undefined: it may make links. */
  readonly visitsAlone: Verdict | undefined;
}

/** States of a session; the drawing is at `Session`. */
export type SessionState = "handshake" | "greeting" | "probing" | "confirming" | "up" | "visiting" | "closed";

export type SessionEvent =
  /** The first authenticated packet of the peer. */
  | { readonly kind: "heard" }
  /** An acceptor has a hello of a verified peer: answer with `accept` or `close`. */
  | { readonly kind: "hello"; readonly peer: string; readonly hello: Hello }
  | { readonly kind: "up" }
  /** A verified peer visits this acceptor: answer with `begin` or `close`. */
  | VisitEvent
  /** A new session should take over: the UDP payload no longer gets through or, at an originator, the connection is old, has
   *  protected many packets, or its acceptor asks for it. Told once. */
  | { readonly kind: "stale" }
  | { readonly kind: "closed"; readonly verdict: Verdict };

/** `packet[start, end)` is valid during the call only. */
export type DeliverPacket = (packet: Uint8Array, start: number, end: number) => void;

export interface SessionOptions {
  readonly connection: QuicConnection;
  readonly address: SessionAddress;
  /** The UDP payload that the connection was made for. */
  readonly payloadMax: number;
  /** Buffers that the large packets of all sessions share. */
  readonly joinBuffers: JoinBuffers;
  /** The hello that an originator says; undefined at an acceptor. */
  readonly hello: Hello | undefined;
  /** The name that the peer must have; undefined at an acceptor, which learns it. */
  readonly expectedName: string | undefined;
  readonly deadAfterMs: number;
  readonly renewal: Renewal;
  /** The vertex that the chain proves, or why the chain is refused. */
  verifyPeer(chain: readonly Uint8Array[], expectedName: string | undefined): VerifiedVertex | Verdict;
}
