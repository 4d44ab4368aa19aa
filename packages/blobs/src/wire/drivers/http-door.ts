import type { Duplex } from "node:stream";
import { WaitingPlaces } from "@florenetes/scheduling";
import { HolderError } from "../../holder-error.ts";
import type { Answer, HolderDoor, Question, TalkName } from "../../requests.ts";
import { readAnswer } from "../answer-form.ts";
import type { ReadAnswerMessage } from "../answer-reader.ts";
import { CONNECTIONS_OF_HOLDER_MAX, IDLE_MS, SILENT_MS } from "../limits.ts";
import { writeQuestion, type WrittenQuestion } from "../question-form.ts";
import { HolderConnection, StaleError, unreachable } from "./holder-connection.ts";

export interface HttpDoorOptions {
  /** Makes a connection with the holder at a node. It ends with the signal, as long as nobody has it. */
  readonly connect: (node: string, signal: AbortSignal) => Promise<Duplex>;
}

/** A way to holders over connections of any kind. Each is kept for the next question, and there are at most 8 with one holder. */
export class HttpDoor implements HolderDoor, Disposable {
  readonly #connect: HttpDoorOptions["connect"];
  readonly #pools = new Map<string, Pool>();
  readonly #ending = new AbortController();

  constructor({ connect }: HttpDoorOptions) {
    this.#connect = connect;
  }

  async ask<Name extends TalkName>(node: string, question: Question<Name>, signal: AbortSignal): Promise<Answer<Name>> {
    signal.throwIfAborted();
    const pool = this.#pools.get(node) ?? new Pool((ending) => this.#connect(node, ending));
    this.#pools.set(node, pool);
    try {
      const either = AbortSignal.any([signal, this.#ending.signal]);
      return readAnswer(question, await pool.ask(question.op, writeQuestion(question as Question), either));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HolderError) throw error;
      throw unreachable((error as Error).message, error);
    } finally {
      if (pool.isEmpty) this.#pools.delete(node);
    }
  }

  /** Ends all connections: what is being asked comes to nothing. */
  [Symbol.dispose](): void {
    this.#ending.abort(unreachable("this process asks nobody any more"));
    for (const pool of this.#pools.values()) pool.destroy();
    this.#pools.clear();
  }
}

/** The connections with one holder. */
class Pool {
  readonly #connect: (signal: AbortSignal) => Promise<Duplex>;
  readonly #all = new Set<HolderConnection>();
  readonly #idle = new Map<HolderConnection, NodeJS.Timeout>();
  /** Questions that have a connection, or are getting one. */
  readonly #places = new WaitingPlaces(CONNECTIONS_OF_HOLDER_MAX);

  constructor(connect: (signal: AbortSignal) => Promise<Duplex>) {
    this.#connect = connect;
  }

  get isEmpty(): boolean {
    return this.#places.taken === 0 && this.#all.size === 0;
  }

  destroy(): void {
    for (const connection of this.#all) connection.destroy();
  }

  async ask(op: TalkName, written: WrittenQuestion, signal: AbortSignal): Promise<ReadAnswerMessage> {
    const leave = await this.#places.take(signal);
    try {
      for (;;) {
        const connection = this.#takeIdle() ?? (await this.#open(signal));
        const isFresh = connection.uses === 0;
        try {
          const answer = await connection.ask(op, written, signal);
          this.#keep(connection);
          return answer;
        } catch (error) {
          // The holder may have ended a connection that nobody used for a while: every question may be asked twice.
          if (!(error instanceof StaleError) || isFresh) throw error;
        }
      }
    } finally {
      leave();
    }
  }

  #takeIdle(): HolderConnection | undefined {
    const [connection, timer] = [...this.#idle].at(-1) ?? [];
    if (connection === undefined) return undefined;
    clearTimeout(timer);
    this.#idle.delete(connection);
    return connection.isOver ? this.#takeIdle() : connection;
  }

  #keep(connection: HolderConnection): void {
    if (connection.isOver) return;
    this.#idle.set(
      connection,
      setTimeout(() => connection.destroy(), IDLE_MS),
    );
  }

  async #open(signal: AbortSignal): Promise<HolderConnection> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(unreachable("no connection is made")), SILENT_MS);
    const either = AbortSignal.any([signal, late.signal]);
    try {
      const stream = await whileWanted(this.#connect(either), either);
      const connection: HolderConnection = new HolderConnection(stream, () => {
        this.#all.delete(connection);
        clearTimeout(this.#idle.get(connection));
        this.#idle.delete(connection);
      });
      this.#all.add(connection);
      return connection;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Waits for a connection, and ends one that comes when nobody wants it any more. */
function whileWanted(connecting: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  return new Promise((done, fail) => {
    const leave = (): void => fail(signal.reason as Error);
    signal.addEventListener("abort", leave, { once: true });
    connecting.then(
      (stream) => {
        signal.removeEventListener("abort", leave);
        if (!signal.aborted) return done(stream);
        stream.on("error", () => undefined).destroy();
        fail(signal.reason as Error);
      },
      (error: unknown) => {
        signal.removeEventListener("abort", leave);
        fail(error);
      },
    );
  });
}
