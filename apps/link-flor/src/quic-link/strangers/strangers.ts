import { STATELESS_RESET_MIN } from "@florenetes/quic";
import type { FairPlace } from "@florenetes/scheduling";
import type { QuicEngine, QuicPacketHeader } from "@florenetes/quic";
import { Admission } from "./admission.ts";
import { KnownAddresses } from "./known-addresses.ts";
import type { UdpAddress } from "../addresses/link-address.ts";
import {
  CONNECTION_ID_LENGTH,
  STRANGER_ANSWERS_MAX,
  STRANGER_ANSWERS_PER_SECOND,
  TOKEN_CHECKS_PER_SECOND,
  UDP_PAYLOAD_MIN,
} from "../limits.ts";
import { SharedRate } from "./shared-rate.ts";

type AnswerKind = "versionNegotiations" | "retries" | "resets";

/** A UDP payload for somebody with whom there is no connection. */
export interface StrangerAnswer {
  readonly kind: AnswerKind;
  readonly bytes: Uint8Array;
  readonly to: UdpAddress;
}

/** A validated client that may start a handshake. */
export interface Admitted {
  /** The client's first destination ID. */
  readonly originalId: Uint8Array;
  /** The ID that we gave it in the Retry. */
  readonly ownId: Uint8Array;
  /** The client's own connection ID. */
  readonly peerId: Uint8Array;
  readonly place: FairPlace;
}

export interface StrangerCounters {
  versionNegotiations: number;
  retries: number;
  resets: number;
}

/** Datagrams of strangers that were dropped, by cause. */
export interface StrangerDrops {
  droppedNotQuic: number;
  droppedUnknownConnection: number;
  droppedBadToken: number;
  /** No place was free for another half-open connection, or strangers are no longer let in. */
  droppedNotAdmitted: number;
  /** More answers, or checks of tokens, than the limits allow. */
  droppedRate: number;
}

export interface StrangersOptions {
  readonly engine: QuicEngine;
  readonly retryTokens: {
    issue(originalId: Uint8Array, boundTo: Uint8Array, now: number): Uint8Array;
    verify(token: Uint8Array, boundTo: Uint8Array, now: number): Uint8Array | undefined;
  };
  resetToken(connectionId: Uint8Array): Uint8Array;
  newConnectionId(): Uint8Array;
}

/**
 * Answers packets that belong to no connection, and lets validated clients in. It keeps nothing of a stranger until that has
 * come back from a Retry, and so has proven its address.
 */
export class Strangers {
  readonly known: KnownAddresses = new KnownAddresses();
  readonly admission: Admission = new Admission(this.known);
  readonly counters: StrangerCounters = {
    versionNegotiations: 0,
    retries: 0,
    resets: 0,
  };
  readonly drops: StrangerDrops = {
    droppedNotQuic: 0,
    droppedUnknownConnection: 0,
    droppedBadToken: 0,
    droppedNotAdmitted: 0,
    droppedRate: 0,
  };
  #isOpen = true;
  readonly #options: StrangersOptions;
  readonly #answers: StrangerAnswer[] = [];
  /** Each kind of answer has a rate of its own: a flood that asks for one kind must not use up the answers of the others. */
  readonly #rates: Readonly<Record<AnswerKind, SharedRate>> = {
    versionNegotiations: new SharedRate(STRANGER_ANSWERS_PER_SECOND, this.known),
    retries: new SharedRate(STRANGER_ANSWERS_PER_SECOND, this.known),
    resets: new SharedRate(STRANGER_ANSWERS_PER_SECOND, this.known),
  };
  readonly #tokenChecks = new SharedRate(TOKEN_CHECKS_PER_SECOND, this.known);
  readonly #waiting: Record<AnswerKind, number> = { versionNegotiations: 0, retries: 0, resets: 0 };

  constructor(options: StrangersOptions) {
    this.#options = options;
  }

  /** Handles a datagram of an unknown connection. Returns how to let it in, or undefined: there is nothing to do but to send
   *  the answers of `pollAnswer`. */
  handleDatagram(datagram: Uint8Array, from: UdpAddress, now: number): Admitted | undefined {
    const header = this.#options.engine.parseHeader(datagram, CONNECTION_ID_LENGTH);
    if (header === undefined) {
      this.drops.droppedNotQuic++;
    } else if (header.type === "short") {
      this.#reset(header, datagram.length, from, now);
    } else if (header.type !== "initial" || datagram.length < UDP_PAYLOAD_MIN) {
      this.drops.droppedUnknownConnection++;
    } else if (!this.#options.engine.isVersionSupported(header.version)) {
      this.#answer("versionNegotiations", from, now, (out) =>
        this.#options.engine.writeVersionNegotiation(header, out),
      );
    } else if (!this.#isOpen) {
      this.drops.droppedNotAdmitted++;
    } else if (header.token.length === 0) {
      this.#retry(header, from, now);
    } else {
      return this.#admit(header, from, now);
    }
    return undefined;
  }

  /** No stranger is let in any more. */
  close(): void {
    this.#isOpen = false;
  }

  pollAnswer(): StrangerAnswer | undefined {
    const answer = this.#answers.shift();
    if (answer !== undefined) this.#waiting[answer.kind]--;
    return answer;
  }

  #admit(header: QuicPacketHeader, from: UdpAddress, now: number): Admitted | undefined {
    if (!this.#tokenChecks.take(from.host, now)) {
      this.drops.droppedRate++;
      return undefined;
    }
    const originalId = this.#options.retryTokens.verify(header.token, addressBytes(from), now);
    if (originalId === undefined || header.destinationId.length !== CONNECTION_ID_LENGTH) {
      this.drops.droppedBadToken++;
      return undefined;
    }
    const place = this.admission.admit(from.host, now);
    if (place === undefined) {
      this.drops.droppedNotAdmitted++;
      return undefined;
    }
    return {
      originalId,
      ownId: Uint8Array.from(header.destinationId),
      peerId: Uint8Array.from(header.sourceId),
      place,
    };
  }

  #retry(header: QuicPacketHeader, from: UdpAddress, now: number): void {
    this.#answer("retries", from, now, (out) => {
      const token = this.#options.retryTokens.issue(header.destinationId, addressBytes(from), now);
      return this.#options.engine.writeRetry(header, this.#options.newConnectionId(), token, out);
    });
  }

  #reset(header: QuicPacketHeader, causeLength: number, from: UdpAddress, now: number): void {
    // A packet that gets no answer uses up nobody's share of the answers.
    if (causeLength <= STATELESS_RESET_MIN) {
      this.drops.droppedUnknownConnection++;
      return;
    }
    this.#answer("resets", from, now, (out) =>
      this.#options.engine.writeStatelessReset(this.#options.resetToken(header.destinationId), causeLength, out),
    );
  }

  #answer(kind: AnswerKind, to: UdpAddress, now: number, write: (out: Uint8Array) => number): void {
    if (this.#waiting[kind] >= STRANGER_ANSWERS_MAX || !this.#rates[kind].take(to.host, now)) {
      this.drops.droppedRate++;
      return;
    }
    const out = new Uint8Array(UDP_PAYLOAD_MIN);
    const length = write(out);
    this.counters[kind]++;
    this.#waiting[kind]++;
    this.#answers.push({ kind, bytes: out.subarray(0, length), to });
  }
}

function addressBytes(address: UdpAddress): Uint8Array {
  return new TextEncoder().encode(`${address.host} ${address.port}`);
}
