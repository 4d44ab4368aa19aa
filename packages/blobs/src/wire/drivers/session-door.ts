import { connectSession, type WorkloadSession } from "@florenetes/data-session/workload";
import type { Answer, HolderDoor, Question, TalkName } from "../../requests.ts";
import { HttpDoor } from "./http-door.ts";

export interface SessionDoorOptions {
  /** Path of the cluster vertex's socket of data sessions. */
  readonly sessions: string;
  /** The name of this program, for people. */
  readonly name: string;
}

/** A way to holders over a data session with the node's cluster vertex: the holder at a node is the service `storage.<node>`. */
export class SessionDoor implements HolderDoor, AsyncDisposable {
  readonly #options: SessionDoorOptions;
  readonly #door: HttpDoor;
  #session: Promise<WorkloadSession> | undefined;

  constructor(options: SessionDoorOptions) {
    this.#options = options;
    this.#door = new HttpDoor({
      connect: async (node, signal) => (await this.#open()).open(`storage.${node}`, { class: "bulk", signal }),
    });
  }

  ask<Name extends TalkName>(node: string, question: Question<Name>, signal: AbortSignal): Promise<Answer<Name>> {
    return this.#door.ask(node, question, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#door[Symbol.dispose]();
    const session = this.#session;
    this.#session = undefined;
    await session?.then((opened) => opened.close()).catch(() => undefined);
  }

  /** The session: another one where the last has ended, or takes nothing any more. */
  #open(): Promise<WorkloadSession> {
    if (this.#session !== undefined) return this.#session;
    const { sessions, name } = this.#options;
    const opened = connectSession(sessions, { name });
    this.#session = opened;
    const forget = (): void => {
      if (this.#session === opened) this.#session = undefined;
    };
    opened.then((session) => {
      if (session.closed) forget();
      session.once("goAway", forget).once("close", forget);
    }, forget);
    return opened;
  }
}
