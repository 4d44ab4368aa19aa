import {
  type CollectionId,
  type CollectionTerms,
  HolderError,
  labelOf,
  type Piece,
  PIECE_SIZE_MAX,
  toldPiece,
} from "@florenetes/blobs";
import type { StoreClient } from "@florenetes/blobs/client";
import { newObjectName, only, sealed, sealNote } from "@florenetes/blobs/sealing";
import { foreignText, isOperatorError } from "@florenetes/operator-text";
import { type Logger, requestAdmin } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { KeptKindStatus } from "../../admin/keep-status.ts";
import type { KeepErrorCode } from "../../config/config-errors.ts";
import type { KeepMode, KeptKind } from "../../config/keep-section.ts";
import { KeptCourse } from "../../keep/kept-course.ts";
import { CursorFile } from "./cursor-file.ts";

export interface KeeperOptions {
  readonly config: Pick<KeepMode, "agent" | "control" | "what" | "state" | "collection">;
  readonly cluster: string;
  readonly node: string;
  /** A client of the collection by the record in force. @throws HolderError ERR_STORAGE_COLLECTION */
  readonly clientOf: (collection: CollectionId) => StoreClient;
  readonly termsOf: (collection: CollectionId) => CollectionTerms | undefined;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** Asks the programs of the node for what has come since, piece after piece, and puts each into the collection. One piece is in memory at a time. */
export class Keeper implements AsyncDisposable {
  readonly #options: KeeperOptions;
  readonly #courses: ReadonlyMap<KeptKind, KeptCourse>;
  readonly #file: CursorFile;
  readonly #timer: WakeUpTimer;
  readonly #ending = new AbortController();
  #turn: Promise<void> | undefined;
  /** The system's reason for which the file of cursors is not written, or was not read; undefined: it is. */
  #fileFault: string | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
    const { config, time, log } = options;
    this.#file = new CursorFile(config.state, labelOf(config.collection));
    const { cursors = {}, fault } = this.#file.read();
    this.#fileFault = fault;
    if (fault !== undefined)
      log.warn({ code: "CURSORS_UNREAD", reason: fault }, "it is not known how far all is kept: all is kept anew");
    const now = time.now();
    this.#courses = new Map(config.what.map((kind) => [kind, new KeptCourse(cursors[kind], now)]));
    this.#timer = time.wakeUps.timer(() => this.#run());
  }

  start(): void {
    this.#run();
  }

  status(): { readonly fileFault: string | null; readonly kinds: readonly KeptKindStatus[] } {
    const { time } = this.#options;
    const wall = time.wallClock().getTime();
    const kinds = [...this.#courses].map(([kind, course]) => {
      const { last, wholeAt, fault, pieces, octets, failures, failuresInRow } = course;
      return {
        kind,
        last: last === undefined ? null : { name: last.name, keptAt: new Date(last.keptAt).toISOString() },
        ageMs: last === undefined ? null : Math.max(0, wall - last.keptAt),
        behindMs: Math.round(time.now() - wholeAt),
        fault: fault ?? null,
        pieces,
        octets,
        failures,
        failuresInRow,
      };
    });
    return { fileFault: this.#fileFault ?? null, kinds };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new Error("store-flor stops"));
    this.#timer.close();
    await this.#turn;
  }

  #run(): void {
    this.#turn ??= this.#keepAll().finally(() => {
      this.#turn = undefined;
      if (this.#ending.signal.aborted) return;
      this.#timer.set(Math.min(...[...this.#courses.values()].map(({ nextAt }) => nextAt)));
    });
  }

  /** Kinds that are due, one after the other. */
  async #keepAll(): Promise<void> {
    for (const [kind, course] of this.#courses)
      while (course.nextAt <= this.#options.time.now() && !this.#ending.signal.aborted)
        await this.#keepNext(kind, course);
  }

  /** Never rejects, but for a mistake of the program's. */
  async #keepNext(kind: KeptKind, course: KeptCourse): Promise<void> {
    const { time, log } = this.#options;
    try {
      const piece = await this.#ask(kind, course.last?.cursor);
      if (piece === null) return course.handleWhole(time.now());
      await this.#put(piece);
      const moment = { now: time.now(), wall: time.wallClock().getTime() };
      course.handleKept({ ...piece, octets: Buffer.byteLength(piece.text) }, moment);
      log.info({ code: "PIECE_KEPT", kind, name: piece.name }, "a piece is kept");
      this.#write();
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      const { code, message } = this.#faultOf(kind, error);
      // A fault that stays is told once.
      if (course.fault?.code !== code)
        log.warn({ code: "PIECE_NOT_KEPT", kind, reason: code }, foreignText(message, TOLD_MAX));
      course.handleFault(code, foreignText(message, TOLD_MAX), time.now());
    }
  }

  async #ask(kind: KeptKind, after: string | undefined): Promise<Piece | null> {
    const { config, cluster, node } = this.#options;
    const socket = kind === "audit" ? config.control! : config.agent;
    const query = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
    const answer = await requestAdmin(socket, `/pieces/${kind}${query}`, {
      signal: this.#ending.signal,
      // Quotes and line ends have two characters in JSON.
      sizeMax: 2 * PIECE_SIZE_MAX,
    });
    const told = toldPiece.safeParse(answer).data;
    if (told === undefined) throw new KeepError("ERR_STORE_PIECE", "the answer is no piece");
    if (told.fault !== null) throw new KeepError("ERR_STORE_SOURCE", told.fault);
    if (told.cluster !== cluster || told.node !== node)
      throw new KeepError("ERR_STORE_PIECE", `it is the program of ${told.node} in ${told.cluster}`);
    if (told.piece !== null && told.piece.cursor === after)
      throw new KeepError("ERR_STORE_PIECE", "the piece behind one is that one again");
    return told.piece;
  }

  /** Puts a piece as `flor store put` does. One that was put without an answer is put again under another name: readers know pieces by what they have. */
  async #put({ name, text }: Piece): Promise<void> {
    const { config, clientOf, termsOf, time } = this.#options;
    const client = clientOf(config.collection);
    const { recipients } = termsOf(config.collection)!;
    const octets = Buffer.from(text);
    const note = { name, size: octets.length, time: time.wallClock().toISOString() };
    await client.put(newObjectName(), sealed(only(octets), recipients), {
      note: () => sealNote(note, recipients),
      signal: this.#ending.signal,
    });
  }

  #faultOf(kind: KeptKind, error: unknown): { readonly code: string; readonly message: string } {
    if (error instanceof HolderError || error instanceof KeepError || isOperatorError(error)) return error;
    this.#options.log.error({ code: "TURN_FAILED", turn: kind, err: error }, "a piece could not be kept");
    return { code: "TURN_FAILED", message: "a mistake of the program: its log has the place" };
  }

  #write(): void {
    const known = [...this.#courses].flatMap(([kind, { last }]) => (last === undefined ? [] : [[kind, last] as const]));
    try {
      this.#file.write(Object.fromEntries(known));
      this.#fileFault = undefined;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      if (code !== this.#fileFault)
        this.#options.log.warn({ code: "CURSORS_NOT_WRITTEN", reason: code }, "how far all is kept is not noted");
      this.#fileFault = code;
    }
  }
}

/** A source that gives nothing that could be kept. */
class KeepError extends Error {
  readonly code: KeepErrorCode;

  constructor(code: KeepErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Characters of a reason that are told. */
const TOLD_MAX = 200;
