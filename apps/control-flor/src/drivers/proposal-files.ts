import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Logger, putFile } from "@florenetes/process-kit";
import { PROPOSALS_MAX } from "../proposals/limits.ts";
import { type KeptProposal, keptForm } from "../proposals/proposal-book.ts";
import type { ProposalStore } from "./proposal-desk.ts";

const NAME = /^[0-9a-f]{64}\.json$/;

/** Keeps each proposal in a file of its own: what is written is whole, or is not there. */
export class ProposalFiles implements ProposalStore {
  readonly #folder: string;
  readonly #log: Logger;

  /** @throws the system's error where the folder cannot be made */
  constructor(state: string, log: Logger) {
    this.#folder = join(state, "proposals");
    this.#log = log;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** All that are kept, by the ids of their records. What is damaged is said, and left where it is. */
  readAll(): ReadonlyMap<string, KeptProposal> {
    const names = readdirSync(this.#folder).filter((name) => NAME.test(name));
    const kept = names.slice(0, PROPOSALS_MAX).flatMap((name): (readonly [string, KeptProposal])[] => {
      try {
        const proposal = keptForm.parse(JSON.parse(readFileSync(join(this.#folder, name), "utf8")));
        return [[name.replace(".json", ""), proposal]];
      } catch (err) {
        this.#log.warn({ code: "PROPOSAL_DAMAGED", file: join(this.#folder, name), err }, "a proposal cannot be read");
        return [];
      }
    });
    return new Map(kept);
  }

  /** A disk that is full loses the proposal at the next restart, and is said: its signers have it, too. */
  readonly write = (id: string, proposal: KeptProposal): void => {
    const path = this.#pathOf(id);
    try {
      putFile(path, JSON.stringify(proposal));
    } catch (err) {
      this.#log.error({ code: "PROPOSAL_NOT_KEPT", file: path, err }, "a proposal cannot be written");
    }
  };

  readonly remove = (id: string): void => {
    const path = this.#pathOf(id);
    try {
      rmSync(path, { force: true });
    } catch (err) {
      this.#log.error(
        { code: "PROPOSAL_NOT_KEPT", file: path, err },
        "the file of a proposal that is over cannot be removed",
      );
    }
  };

  #pathOf(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}
