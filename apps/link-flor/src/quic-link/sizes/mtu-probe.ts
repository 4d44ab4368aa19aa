import { readUint32, writeUint32 } from "@florenetes/wire-values";
import { PACKET_OVERHEAD, PROBE_INTERVAL_MS, PROBE_KEY_LENGTH, PROBES_PER_SIZE } from "../limits.ts";
import { WHOLE_HEADER_LENGTH } from "../packets/pieces.ts";

/**
 * A probe is a packet of exactly the size that it proves, and so is its answer:
 *
 *      0  probe key of the session (16), from the hello: a packet of a cluster vertex cannot be taken for a probe
 *     16  1 probe, 2 answer
 *     17  in an answer: how long the pieces of the probe took to arrive, in microseconds (4)
 *     21  zeros up to the full size
 */
const PROBE_KIND = 1;
const ANSWER_KIND = 2;
const KIND_AT: number = PROBE_KEY_LENGTH;
const SPREAD_AT: number = KIND_AT + 1;
const PROBE_LENGTH_MIN: number = SPREAD_AT + 4;

export const ProbeKind = { none: 0, probe: 1, answer: 2 } as const;
export type ProbeKind = (typeof ProbeKind)[keyof typeof ProbeKind];

/** @param room Bytes that the buffer has before the probe. */
export function writeProbe(size: number, key: Uint8Array, room: number): Uint8Array {
  const buffer = new Uint8Array(room + size);
  buffer.set(key, room);
  buffer[room + KIND_AT] = PROBE_KIND;
  return buffer;
}

/** Turns the probe at `at` into its answer, in place. */
export function turnIntoAnswer(buffer: Uint8Array, at: number, spreadMs: number): void {
  const spread = Math.min(Math.round(spreadMs * 1_000), 0xffff_ffff);
  buffer[at + KIND_AT] = ANSWER_KIND;
  writeUint32(buffer, at + SPREAD_AT, spread);
}

/** The spread that an answer tells, in milliseconds. */
export function spreadOfAnswer(buffer: Uint8Array, at: number): number {
  return readUint32(buffer, at + SPREAD_AT) / 1_000;
}

/** Whether the packet at `at` is a probe; cheap for other packets, which differ in the first byte or the next. */
export function probeKindOf(buffer: Uint8Array, at: number, length: number, key: Uint8Array): ProbeKind {
  if (buffer[at] !== key[0] || length < PROBE_LENGTH_MIN) return ProbeKind.none;
  for (let i = 1; i < PROBE_KEY_LENGTH; i++) if (buffer[at + i] !== key[i]) return ProbeKind.none;
  return buffer[at + KIND_AT] === PROBE_KIND ? ProbeKind.probe : ProbeKind.answer;
}

/** Size of the packet that fills a UDP payload. */
export function packetSizeIn(payload: number): number {
  return payload - PACKET_OVERHEAD - WHOLE_HEADER_LENGTH;
}

/**
 * Finds the largest UDP payload that gets through and back, from the top of a ladder down. It performs no I/O.
 *
 *     1452 ×5 ──silence──▶ 1392 ×5 ──silence──▶ 1313 ×5 ──silence──▶ 1200 ×5 ──silence──▶ failed
 *        └──answer: proven    └──answer: proven    └──answer: proven    └──answer: proven
 */
export class MtuProbe {
  readonly #ladder: readonly number[];
  readonly #triesMax: number;
  #step = 0;
  #sent = 0;
  #next: number;
  #proven = 0;

  /** @param ladder UDP payloads, largest first. */
  constructor(ladder: readonly number[], now: number, triesMax: number = PROBES_PER_SIZE) {
    this.#ladder = ladder;
    this.#triesMax = triesMax;
    this.#next = now;
  }

  /** The proven UDP payload; 0: not yet. */
  get proven(): number {
    return this.#proven;
  }

  get hasFailed(): boolean {
    return this.#proven === 0 && this.#step === this.#ladder.length;
  }

  /** The UDP payload that a probe should be sent in now; 0: none. */
  pollProbe(now: number, rttMs: number): number {
    if (this.#proven !== 0 || now < this.#next) return 0;
    if (this.#sent === this.#triesMax) {
      this.#step++;
      this.#sent = 0;
    }
    if (this.hasFailed) return 0;
    this.#sent++;
    this.#next = now + Math.max(PROBE_INTERVAL_MS, 2 * rttMs);
    return this.#ladder[this.#step]!;
  }

  /** A probe in this UDP payload was answered. A late answer to a larger probe is as good as one to the last probe. */
  handleAnswer(payload: number): void {
    if (this.#ladder.includes(payload)) this.#proven = Math.max(this.#proven, payload);
  }

  nextTimeout(): number {
    return this.#proven !== 0 || this.hasFailed ? Infinity : this.#next;
  }
}
