import { probeKeyLength } from "./hello.ts";
import { mtuLadder, mtuMin, probeIntervalMs, probesPerSize } from "./limits.ts";

/**
 * A probe is a datagram of exactly the size that it proves, and so is its answer:
 *
 *      0  probe key of the session (16), from the hello: a packet of a cluster vertex cannot be taken for a probe
 *     16  1 probe, 2 answer
 *     17  zeros up to the full size
 */
const probeKind = 1;
const answerKind = 2;
const kindAt: number = probeKeyLength;

export const ProbeKind = { none: 0, probe: 1, answer: 2 } as const;
export type ProbeKind = (typeof ProbeKind)[keyof typeof ProbeKind];

export function writeProbe(size: number, key: Uint8Array): Uint8Array {
  const probe = new Uint8Array(size);
  probe.set(key);
  probe[kindAt] = probeKind;
  return probe;
}

/** Turns a received probe into its answer, in place. */
export function turnIntoAnswer(probe: Uint8Array): void {
  probe[kindAt] = answerKind;
}

/** Whether a received datagram is a probe; cheap for packets, which fail at the first byte or the next. */
export function probeKindOf(datagram: Uint8Array, length: number, key: Uint8Array): ProbeKind {
  if (length < mtuMin || datagram[0] !== key[0]) return ProbeKind.none;
  for (let i = 1; i < probeKeyLength; i++) if (datagram[i] !== key[i]) return ProbeKind.none;
  return datagram[kindAt] === probeKind ? ProbeKind.probe : ProbeKind.answer;
}

/**
 * Finds the largest size that gets through and back, from the top of the ladder down. It performs no I/O.
 *
 *     1420 ×5 ──silence──▶ 1360 ×5 ──silence──▶ 1280 ×5 ──silence──▶ failed
 *        └──answer: proven    └──answer: proven    └──answer: proven
 */
export class MtuProbe {
  #step = 0;
  #sent = 0;
  #next: number;
  #proven = 0;

  constructor(now: number) {
    this.#next = now;
  }

  /** The proven size; 0: not yet. */
  get proven(): number {
    return this.#proven;
  }

  get hasFailed(): boolean {
    return this.#proven === 0 && this.#step === mtuLadder.length;
  }

  /** The size that is being tried. */
  get size(): number {
    return mtuLadder[Math.min(this.#step, mtuLadder.length - 1)]!;
  }

  /** The size of a probe that should be sent now; 0: none. */
  pollProbe(now: number, rttMs: number): number {
    if (this.#proven !== 0 || now < this.#next) return 0;
    if (this.#sent === probesPerSize) {
      this.#step++;
      this.#sent = 0;
    }
    if (this.hasFailed) return 0;
    this.#sent++;
    this.#next = now + Math.max(probeIntervalMs, 2 * rttMs);
    return this.size;
  }

  /** A late answer to a larger probe is as good as one to the last. */
  handleAnswer(size: number): void {
    if (mtuLadder.includes(size)) this.#proven = Math.max(this.#proven, size);
  }

  nextTimeout(): number {
    return this.#proven !== 0 || this.hasFailed ? Infinity : this.#next;
  }
}
