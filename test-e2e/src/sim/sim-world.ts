import { type IssuedIdentity, issueIdentity, makeAuthority } from "@florenetes/identity";
import { type QuicEngine } from "@florenetes/quic";
import { chainVerifier, simulatedEngine } from "@florenetes/quic/simulated";
import { Random, Scheduler } from "@florenetes/simkit";

/** What is ready now has been handled after so many milliseconds. */
const turnMs = 0.05;
/** Node's timers do not fire sooner. */
const timerMsMin = 1;

const startedAt = new Date();
const authority = makeAuthority({ cluster: "sim", algorithm: "ed25519" }, startedAt);
/** Making one costs more than most of a simulation. */
const identities = new Map<string, IssuedIdentity>();

export function identityOf(kind: "vertex" | "user" | "service", name: string): IssuedIdentity {
  const key = `${kind}/${name}`;
  const known = identities.get(key) ?? issueIdentity(authority, { kind, name, algorithm: "ed25519" }, startedAt);
  identities.set(key, known);
  return known;
}

/** Time and chance of one simulation. */
export class SimWorld {
  readonly scheduler = new Scheduler({ start: 1_000, stepsMax: 50_000_000 });
  readonly random: Random;
  readonly engine: QuicEngine;

  constructor(seed: number) {
    this.random = new Random(seed);
    const verifyChain = chainVerifier(() => this.wallClock().getTime());
    this.engine = simulatedEngine({ random: () => this.random.next(), verifyChain });
  }

  get now(): number {
    return this.scheduler.now;
  }

  wallClock(): Date {
    return new Date(startedAt.getTime() + this.now);
  }
}

/** One life of a process in it: what it has planned dies with it. */
export class SimLife {
  readonly #world: SimWorld;
  #isOver = false;

  constructor(world: SimWorld) {
    this.#world = world;
  }

  end(): void {
    this.#isOver = true;
  }

  soon(action: () => void): void {
    this.at(this.#world.now + turnMs, action);
  }

  /** Returns a function that cancels it. */
  at(time: number, action: () => void): () => void {
    return this.#world.scheduler.at(time, () => {
      if (!this.#isOver) action();
    });
  }

  /** As `EarliestTimer` of the timing package. */
  timer(call: () => void): { set(at: number): void; close(): void } {
    let earliest = Infinity;
    let cancel = (): void => {};
    const set = (at: number): void => {
      if (at >= earliest) return;
      cancel();
      earliest = at;
      cancel = this.at(Math.max(at, this.#world.now + timerMsMin), () => {
        earliest = Infinity;
        call();
      });
    };
    return { set, close: () => cancel() };
  }
}
