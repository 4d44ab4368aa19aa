import { RateLimit } from "@florenetes/scheduling";
import { isSameAddress, type UdpAddress } from "./link-address.ts";
import {
  ADDRESS_CHECK_MS,
  ADDRESS_CHECKS_BURST,
  ADDRESS_CHECKS_PER_SECOND,
  ADDRESS_PAUSE_MS,
  ADDRESS_PROBE_INTERVAL_MS,
  AMPLIFICATION_MAX,
} from "../limits.ts";
import { PATH_MESSAGE_SIZE } from "./path-message.ts";

/** An address that a check is about: the candidate, or the former one. */
interface Side {
  readonly address: UdpAddress;
  /** Nonce of the probes that go to this address, and to no other. */
  readonly nonce: Uint8Array;
  isProbeDue: boolean;
}

interface Check {
  /** The address that the newest packet came from. */
  readonly candidate: Side;
  /** The address of the peer before this check, and before those that it took the place of. */
  readonly former: Side;
  /** Bytes that may still be sent to the candidate. */
  room: number;
  /** The candidate has answered: packets go there, unless the former address answers, too. */
  hasMoved: boolean;
  nextProbeAt: number;
  intervalMs: number;
  readonly endsAt: number;
}

/** A probe to be sent. */
export interface AddressProbe {
  readonly to: UdpAddress;
  readonly nonce: Uint8Array;
}

/**
 * Decides which address packets for a peer go to: the address may change (a NAT rebinding). It performs no I/O.
 *
 * The source of the peer's newest packet becomes a *candidate* when it is not the present address (RFC 9000, 9.3). Both addresses
 * are then sent a probe, each with a nonce of its own. An answer counts only when it comes *from* the address whose nonce it has:
 *
 *     candidate answers        ──▶ packets go there
 *     former address answers   ──▶ packets go there, still or again, and there is no candidate for a while: the peer has not
 *                                  moved, but somebody else passes on its packets
 *     neither                  ──▶ nothing changes
 *
 * Until then the candidate gets copies of all that is sent, so that a peer that has moved misses nothing. Copies and probes
 * together are no more than three times what the candidate brought. So an attacker who copies packets, holds them back or sends
 * them from elsewhere turns no session away, and amplifies nothing.
 */
export class PeerAddress {
  readonly #newNonce: () => Uint8Array;
  readonly #checks: RateLimit;
  #address: UdpAddress;
  #check: Check | undefined;
  /** No address becomes a candidate before this time. */
  #pauseUntil = -Infinity;

  /** @param newNonce returns 8 random bytes. */
  constructor(address: UdpAddress, newNonce: () => Uint8Array, now: number) {
    this.#address = address;
    this.#newNonce = newNonce;
    this.#checks = new RateLimit(ADDRESS_CHECKS_BURST, ADDRESS_CHECKS_PER_SECOND, now);
  }

  /** The address that packets for the peer go to. */
  get address(): UdpAddress {
    return this.#address;
  }

  /** Whether a packet from this address has to be told by `handleNewest` if it is the newest; mostly not. */
  isOfInterest(from: UdpAddress): boolean {
    return this.#check?.hasMoved === false || !isSameAddress(from, this.#address);
  }

  /** A datagram of `size` bytes came, with a higher packet number than all before. */
  handleNewest(from: UdpAddress, size: number, now: number): void {
    const check = this.#check;
    if (check !== undefined && isSameAddress(from, check.former.address)) {
      this.#settle(check.former.address);
    } else if (check !== undefined && isSameAddress(from, check.candidate.address)) {
      check.room += AMPLIFICATION_MAX * size;
    } else if (!isSameAddress(from, this.#address) && now >= this.#pauseUntil && this.#checks.take(now)) {
      this.#check = this.#newCheck(from, size, now);
    }
  }

  /** An answer to a probe came, with the peer's proof. Returns whether packets go elsewhere from now on. */
  handleAnswer(nonce: Uint8Array, from: UdpAddress, now: number): boolean {
    const check = this.#check;
    if (check === undefined) return false;
    const { candidate, former } = check;
    if (isAnswerTo(former, nonce, from)) {
      this.#pauseUntil = now + ADDRESS_PAUSE_MS;
      return this.#settle(former.address);
    }
    if (check.hasMoved || !isAnswerTo(candidate, nonce, from)) return false;
    check.hasMoved = true;
    candidate.isProbeDue = false;
    this.#address = candidate.address;
    return true;
  }

  /** Whether an answer with this nonce is awaited from this address. This check is cheaper than that of a proof. */
  isAwaited(nonce: Uint8Array, from: UdpAddress): boolean {
    const check = this.#check;
    return check !== undefined && (isAnswerTo(check.former, nonce, from) || isAnswerTo(check.candidate, nonce, from));
  }

  /** The address that a copy of a packet of `size` bytes may go to: the candidate's, as long as there is one and it has room. */
  takeRoom(size: number): UdpAddress | undefined {
    const check = this.#check;
    if (check === undefined || check.hasMoved || check.room < size + PATH_MESSAGE_SIZE) return undefined;
    check.room -= size;
    return check.candidate.address;
  }

  /** The address that copies of packets may go to, and all the room for them: see `takeRoom`. */
  takeAllRoom(): { readonly to: UdpAddress; readonly bytes: number } | undefined {
    const check = this.#check;
    if (check === undefined || check.hasMoved || check.room <= PATH_MESSAGE_SIZE) return undefined;
    const bytes = check.room - PATH_MESSAGE_SIZE;
    check.room -= bytes;
    return { to: check.candidate.address, bytes };
  }

  handleTimeout(now: number): void {
    const check = this.#check;
    if (check === undefined || now < Math.min(check.nextProbeAt, check.endsAt)) return;
    if (now >= check.endsAt) {
      this.#check = undefined;
      return;
    }
    check.former.isProbeDue = true;
    check.candidate.isProbeDue = !check.hasMoved;
    check.intervalMs *= 2;
    check.nextProbeAt = now + check.intervalMs;
  }

  pollProbe(): AddressProbe | undefined {
    const check = this.#check;
    if (check === undefined) return undefined;
    const { candidate, former } = check;
    if (candidate.isProbeDue && check.room >= PATH_MESSAGE_SIZE) {
      candidate.isProbeDue = false;
      check.room -= PATH_MESSAGE_SIZE;
      return { to: candidate.address, nonce: candidate.nonce };
    }
    if (!former.isProbeDue) return undefined;
    former.isProbeDue = false;
    return { to: former.address, nonce: former.nonce };
  }

  nextTimeout(): number {
    return this.#check === undefined ? Infinity : Math.min(this.#check.nextProbeAt, this.#check.endsAt);
  }

  #newCheck(candidate: UdpAddress, size: number, now: number): Check {
    return {
      candidate: { address: candidate, nonce: this.#newNonce(), isProbeDue: true },
      former: { address: this.#check?.former.address ?? this.#address, nonce: this.#newNonce(), isProbeDue: true },
      room: AMPLIFICATION_MAX * size,
      hasMoved: false,
      nextProbeAt: now + ADDRESS_PROBE_INTERVAL_MS,
      intervalMs: ADDRESS_PROBE_INTERVAL_MS,
      endsAt: now + ADDRESS_CHECK_MS,
    };
  }

  #settle(address: UdpAddress): boolean {
    const hasMoved = this.#address !== address;
    this.#address = address;
    this.#check = undefined;
    return hasMoved;
  }
}

function isAnswerTo(side: Side, nonce: Uint8Array, from: UdpAddress): boolean {
  return isSameAddress(from, side.address) && side.nonce.every((byte, i) => byte === nonce[i]);
}
