import type { Answer, HolderDoor, Question, TalkName } from "@florenetes/blobs";
import type { HolderDesk } from "../storage/holder-server.ts";

/**
 * A way to holders, one of which runs in this process: no tunnel of a holder leads to itself. That one is asked as the principal by which its tunnels ask the
 * others, so that all of them judge the same.
 */
export class OwnHolderDoor implements HolderDoor {
  readonly #node: string;
  readonly #desk: HolderDesk;
  readonly #others: HolderDoor;

  constructor(node: string, desk: HolderDesk, others: HolderDoor) {
    this.#node = node;
    this.#desk = desk;
    this.#others = others;
  }

  async ask<Name extends TalkName>(node: string, question: Question<Name>, signal: AbortSignal): Promise<Answer<Name>> {
    if (node !== this.#node) return this.#others.ask(node, question, signal);
    const principal = `service/storage.${node}`;
    const asked = question as unknown as Question;
    this.#desk.admit(asked, principal);
    return this.#desk.answer(asked, principal);
  }
}
