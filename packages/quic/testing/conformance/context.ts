import type { QuicCredentials, QuicEngine } from "../../src/engine.ts";

/** The surroundings of a suite. An engine that takes its time from us can run in virtual time. */
export interface ConformanceContext {
  readonly engine: QuicEngine;
  readonly credentials: ConformanceCredentials;
  /** Milliseconds, monotonic. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** All but `foreign` trust one CA, and have a certificate of it. */
export interface ConformanceCredentials {
  readonly client: QuicCredentials;
  readonly server: QuicCredentials;
  /** A certificate for an Ed25519 key. */
  readonly ed25519: QuicCredentials;
  /** A certificate below an intermediate CA, which the chain holds. */
  readonly chained: QuicCredentials;
  /** The leaf of `chained`, without the intermediate certificate. */
  readonly chainedIncomplete: QuicCredentials;
  readonly expired: QuicCredentials;
  readonly notYetValid: QuicCredentials;
  /** A certificate of another CA; it trusts the one of the others. */
  readonly foreign: QuicCredentials;
}

/** A requirement that every engine must meet. */
export interface ConformanceCase {
  readonly name: string;
  /** Rejects with an AssertionError when the engine fails the case. */
  run(context: ConformanceContext): Promise<void>;
}
