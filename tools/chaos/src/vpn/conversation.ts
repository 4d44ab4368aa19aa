import { setTimeout as sleep } from "node:timers/promises";
import { now } from "@florenetes/workloads";
import type { Stage } from "../drivers/stage.ts";
import type { Witness } from "../ledger.ts";

export interface Conversation {
  readonly pauseMs: number;
  /** Answers that a turn has. */
  readonly answers: number;
  /** When the session was begun. */
  readonly from: number;
  /** Says something into the session, and waits for the answer. Resolves with why there is none. */
  readonly ask: (number: number) => Promise<string | undefined>;
}

/** Asks within one session, turn by turn, until the run ends. A turn without an answer is the session's loss, and its end. */
export async function converse(
  { ending }: Stage,
  witness: Witness,
  { pauseMs, answers, from, ask }: Conversation,
): Promise<void> {
  for (let number = 1; !ending.aborted; number++) {
    const fault = await ask(number);
    if (ending.aborted) break;
    if (fault !== undefined) {
      witness.lost({ from, to: now(), text: fault });
      break;
    }
    witness.right(answers);
    witness.moved(now());
    await sleep(pauseMs, undefined, { signal: ending }).catch(() => {});
  }
  witness.moved(undefined);
}
