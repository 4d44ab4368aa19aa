/** The newest checkpoints of a log: how old they are, whether signers have kept to their word, and up to where entries may be removed. */
import type { PolicyBody } from "../bodies.ts";
import { bodyOf, type Fact } from "../fact.ts";
import { majorityOf } from "../rights.ts";
import { findSignatureFault } from "../signatures.ts";
import type { LogHead } from "./entry.ts";
import { STALE_MS } from "./limits.ts";

type Signers = NonNullable<PolicyBody["log"]>["signers"];

/** A checkpoint that was accepted. */
export interface Checkpoint extends LogHead {
  readonly issued: number;
  readonly epoch: number;
}

/**
 * Why a checkpoint that the judge has accepted is not used. `older`: one of a higher epoch, or this one, is there. `backwards`: its index is below that of
 * an earlier one, which signers never sign. `handover`: the list of signers has changed, and not more than half of the former ones have signed.
 */
export type CheckpointFault = "older" | "backwards" | "handover";

export class CheckpointWatch {
  #last: Checkpoint | undefined;
  #secondLast: Checkpoint | undefined;
  #signers: Signers | undefined;

  get last(): Checkpoint | undefined {
    return this.#last;
  }

  /** More than half of these have to sign the next one, too: the signers of the last one. Undefined while there is none. */
  get signers(): Signers | undefined {
    return this.#signers;
  }

  /** Entries below this index may go (`isCompactable`): that of the second last checkpoint. 0 for none. */
  get compactableBelow(): number {
    return this.#secondLast?.index ?? 0;
  }

  /** Whether there has been no checkpoint for an hour. */
  isStale(now: number): boolean {
    return this.#last === undefined || now - this.#last.issued > STALE_MS;
  }

  /**
   * Takes a checkpoint that `judge` has accepted by this policy, and returns the reason where it is not used. Readers of the log are given all but those of
   * `handover`, as one that is not used may show a fork.
   */
  handleCheckpoint(fact: Fact, policy: Fact): CheckpointFault | undefined {
    const body = bodyOf(fact, "checkpoint");
    const signers = bodyOf(policy, "policy")?.log?.signers;
    if (body === undefined || signers === undefined)
      throw new RangeError("a checkpoint goes with a policy that names a log");
    const last = this.#last;
    if (last !== undefined && fact.epoch <= last.epoch) return "older";
    if (last !== undefined && body.index < last.index) return "backwards";
    if (this.#signers !== undefined && !isSame(this.#signers, signers)) {
      const fault = findSignatureFault(fact.envelope, majorityOf(this.#signers), () => false);
      if (fault !== undefined) return "handover";
    }
    this.#signers = signers;
    this.#secondLast = last;
    this.#last = { index: body.index, hash: body.head, issued: fact.issued, epoch: fact.epoch };
    return undefined;
  }
}

function isSame(a: Signers, b: Signers): boolean {
  const keysOf = (signers: Signers): string =>
    signers
      .map(({ key }) => key)
      .toSorted()
      .join();
  return keysOf(a) === keysOf(b);
}
