import { setTimeout as sleep } from "node:timers/promises";
import type { Pulse } from "./drivers/recovery.ts";
import type { Stage } from "./drivers/stage.ts";
import { Witness } from "./ledger.ts";
import { FINISH_MS_MAX } from "./limits.ts";
import type { Testimony } from "./verdict.ts";
import type { Workload, Working } from "./workload.ts";

/** A workload at work. */
export class AtWork {
  readonly #workload: Workload;
  readonly #witness: Witness;
  readonly #working: Working;

  private constructor(workload: Workload, witness: Witness, working: Working) {
    this.#workload = workload;
    this.#witness = witness;
    this.#working = working;
  }

  static begin(workload: Workload, stage: Stage): AtWork {
    const witness = new Witness(workload.unit);
    const working = workload.begin(stage, witness);
    // A workload that fails is judged at its end. When a run is interrupted, nobody awaits that end.
    working.finished.catch(() => {});
    return new AtWork(workload, witness, working);
  }

  /** The pulse of the workload, if it never rests. */
  get pulses(): readonly Pulse[] {
    const { pulse } = this.#working;
    return pulse === undefined ? [] : [{ name: this.#workload.name, at: pulse }];
  }

  /** Waits until the workload has ended, for a bounded time. */
  async hear(): Promise<Testimony> {
    const { name, ends, routes } = this.#workload;
    const isLate = Symbol("late");
    const outcome = await Promise.race([
      this.#working.finished.catch((error: unknown) =>
        this.#witness.wrong(`its last checks failed: ${(error as Error).message}`),
      ),
      sleep(2 * FINISH_MS_MAX, isLate, { ref: false }),
    ]);
    if (outcome === isLate) this.#witness.wrong("it did not end when it was told to");
    return { name, ends, way: routes[0]!.way, observations: this.#witness.observations };
  }
}
