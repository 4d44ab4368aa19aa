import { type IssuedIdentity, issueIdentity, makeAuthority } from "@florenetes/identity";
import type { Instance } from "@florenetes/instances";
import type { QuicEngine } from "@florenetes/quic";
import { chainVerifier, simulatedEngine } from "@florenetes/quic/simulated";
import type { Logger } from "@florenetes/process-kit";
import { Random, Scheduler } from "@florenetes/simkit";
import { lineLog, silentLog } from "./sim-log.ts";

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

  readonly #onLine: ((line: string) => void) | undefined;

  /** @param onLine takes what the processes log */
  constructor(seed: number, onLine?: (line: string) => void) {
    this.#onLine = onLine;
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

  log(process: string): Logger {
    return this.#onLine === undefined ? silentLog : lineLog(() => this.now, process, this.#onLine);
  }

  /** Who a process that starts now is. */
  newInstance(): Instance {
    return { startedAt: this.wallClock().getTime(), id: Buffer.from(this.random.bytes(8)).toString("hex") };
  }
}
