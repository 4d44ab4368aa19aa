/** The news of the log, each told once, when it changes. */
import type { CheckpointFault, ForkEvidence } from "@florenetes/facts/log";
import type { AgentNews } from "../agent-orders.ts";
import type { LogProblem } from "./log-orders.ts";

export class LogNews {
  readonly #news: AgentNews[] = [];
  #problem = "";
  #isStale = false;
  #differing = "";
  #outcome = "signed";
  #forks = 0;

  poll(): AgentNews | undefined {
    return this.#news.shift();
  }

  handleProblem(problem: LogProblem | undefined): void {
    const { code = "", text = "" } = problem ?? {};
    if (code === this.#problem) return;
    this.#problem = code;
    if (problem === undefined) this.#tell("info", "LOG_WHOLE", {}, "nothing is in the way of the log any more");
    else this.#tell("warn", "LOG_PROBLEM", { reason: code }, text);
  }

  handleForks(forks: readonly ForkEvidence[]): void {
    for (const { index, hashes } of forks.slice(this.#forks)) {
      const text = "the log has two entries of one index: nobody signs a checkpoint of it any more";
      this.#tell("warn", "LOG_FORKED", { index, first: hashes[0], other: hashes[1] }, text);
    }
    this.#forks = forks.length;
  }

  handleStale(isStale: boolean): void {
    if (isStale === this.#isStale) return;
    this.#isStale = isStale;
    if (isStale) this.#tell("warn", "LOG_STALE", {}, "no checkpoint of the log was issued for an hour");
    else this.#tell("info", "LOG_FRESH", {}, "a new checkpoint of the log is there");
  }

  handleDiffering(sections: readonly string[]): void {
    const names = sections.join(" ");
    if (names === this.#differing) return;
    this.#differing = names;
    if (names === "") this.#tell("info", "LOG_AGREES", {}, "the last checkpoint has the records of this node");
    else this.#tell("warn", "LOG_DIFFERS", { sections: names }, "the last checkpoint has other records than this node");
  }

  handleUnused(fault: CheckpointFault, index: number): void {
    if (fault === "older") return;
    this.#tell(
      "warn",
      "LOG_CHECKPOINT_UNUSED",
      { reason: fault, index },
      "signers have signed a checkpoint against the rules",
    );
  }

  handleSigning(outcome: string): void {
    if (outcome === this.#outcome) return;
    this.#outcome = outcome;
    if (outcome !== "signed")
      this.#tell(
        "warn",
        "LOG_NOT_SIGNED",
        { reason: outcome },
        "this node does not sign the checkpoint that is proposed",
      );
  }

  #tell(level: AgentNews["level"], code: AgentNews["code"], about: AgentNews["about"], text: string): void {
    this.#news.push({ level, code, about, text });
  }
}
