/** A node on which an update may be cut at any place: packages, units, and the files of update-flor. */
import type { Journal } from "../../src/journal/journal.ts";
import { type Command, nextStep, resumeUpdate, type Step } from "../../src/journal/update-steps.ts";
import { outcomeOf, type Outcome } from "../../src/journal/update-status.ts";
import type { Reason } from "../../src/update-errors.ts";

type Release = "former" | "wished" | "half";

/** Says what happens at a place: whether the power is cut there, and whether a command fails. */
export interface Fate {
  readonly isCut: () => boolean;
  /** Whether a command fails this time. */
  readonly fails: (command: Command) => boolean;
  /** How many of the packages a command has changed when it fails or is cut. */
  readonly changed: (count: number) => number;
}

class Cut extends Error {}

export class SimulatedNode {
  readonly packages: Release[];
  journal: Journal | undefined;
  /** Outcomes that were told, in order. */
  readonly told: Outcome[] = [];
  readonly #fate: Fate;
  boots = 0;

  constructor(journal: Journal, fate: Fate) {
    this.packages = journal.wished.map(() => "former");
    this.journal = journal;
    this.#fate = fate;
  }

  /** Runs the update, and boots as often as the power is cut. */
  run(bootsMax: number): void {
    for (let mayBegin = true; this.boots <= bootsMax; mayBegin = false) {
      try {
        this.#life(mayBegin);
        return;
      } catch (error) {
        if (!(error instanceof Cut)) throw error;
        this.boots += 1;
      }
    }
  }

  #life(mayBegin: boolean): void {
    if (this.journal === undefined) return;
    let step: Step | undefined = resumeUpdate(this.journal, mayBegin);
    while (step !== undefined) {
      this.#mayCut();
      this.journal = step.journal;
      this.#mayCut();
      const failure = this.#do(step.command, step.journal);
      this.#mayCut();
      step = nextStep(step.journal, failure);
    }
  }

  #do(command: Command, journal: Journal): Reason | undefined {
    switch (command) {
      case "install":
        return this.#put("wished", command);
      case "return":
        return this.#put("former", command);
      case "restart":
        return this.#failure(command);
      case "judge":
        return this.packages.every((each) => each === "wished") ? this.#failure(command) : reasonOf(command);
      case "tidy":
        this.told.push(outcomeOf(journal)!);
        this.#mayCut();
        if (journal.phase !== "lost") this.journal = undefined;
    }
    return undefined;
  }

  #put(release: "former" | "wished", command: Command): Reason | undefined {
    const isCut = this.#fate.isCut();
    const fails = this.#fate.fails(command);
    const count = isCut || fails ? this.#fate.changed(this.packages.length) : this.packages.length;
    for (let at = 0; at < count; at++) this.packages[at] = release;
    // The package at which it stopped is broken.
    if ((isCut || fails) && count < this.packages.length) this.packages[count] = "half";
    if (isCut) throw new Cut();
    return fails ? reasonOf(command) : undefined;
  }

  #failure(command: Command): Reason | undefined {
    return this.#fate.fails(command) ? reasonOf(command) : undefined;
  }

  #mayCut(): void {
    if (this.#fate.isCut()) throw new Cut();
  }
}

function reasonOf(command: Command): Reason {
  return { code: "ERR_TEST", message: `${command} failed` };
}
