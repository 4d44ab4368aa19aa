import type { QuicConnection } from "@florenetes/quic";
import { VISIT_BYTES_MAX } from "../limits.ts";

/** The stream of a link's control messages, on which a visitor's bytes follow behind its VISIT. */
const STREAM_ID = 0;
const nothing: Uint8Array = new Uint8Array(0);

/** A connection to the address of a door. It is told all bytes at once, and holds what the other end does not take yet. */
export interface DoorWay {
  send(bytes: Uint8Array): void;
  /** No more bytes follow. */
  end(): void;
  /** Ends it in both directions. Its owner hears nothing any more. */
  close(): void;
}

/** The owner of a connection to a door's address. */
export interface DoorHandlers {
  /** The bytes are the owner's. */
  readonly onData: (bytes: Uint8Array) => void;
  /** Nothing more comes: the other end has said all, cannot be reached, or has failed. */
  readonly onEnd: () => void;
}

/** Begins a connection to the address of a door; undefined: there is no door. Handlers are called in later turns alone. */
export type OpenDoor = (handlers: DoorHandlers) => DoorWay | undefined;

/** A verified peer asks for the door. */
export interface VisitEvent {
  readonly kind: "visit";
  readonly peer: string;
  /** Begins the visit; false: there is no door. `onNews`: the session is to be settled. */
  readonly begin: (open: OpenDoor, onNews: () => void) => boolean;
}

/** The bytes of one visit, from the stream of a visitor's connection to the door's address and back. It does no I/O. */
export class Visit {
  readonly #connection: QuicConnection;
  readonly #way: DoorWay;
  /** Bytes for the visitor that wait for credit of the stream. */
  readonly #unsent: Uint8Array[] = [];
  #fromVisitor = 0;
  #toVisitor = 0;
  #isWayEnded = false;
  #isTold = false;
  #isSaid = false;

  private constructor(connection: QuicConnection, way: DoorWay) {
    this.#connection = connection;
    this.#way = way;
  }

  /**
   * Begins a visit; undefined: there is no door.
   *
   * @param said The bytes behind VISIT that were read with it
   * @param onNews Something is to be sent: `settle` is due
   */
  static begin(connection: QuicConnection, said: Uint8Array, open: OpenDoor, onNews: () => void): Visit | undefined {
    let visit: Visit | undefined;
    const way = open({
      onData: (bytes) => {
        if (visit !== undefined) visit.#handleData(bytes);
        onNews();
      },
      onEnd: () => {
        if (visit !== undefined) visit.#handleEnd();
        onNews();
      },
    });
    if (way === undefined) return undefined;
    visit = new Visit(connection, way);
    visit.#handleSaid(said);
    return visit;
  }

  #handleData(bytes: Uint8Array): void {
    this.#toVisitor += bytes.length;
    // Whatever is beyond the bound is kept nowhere: the visit ends with the next `settle`.
    if (this.#toVisitor <= VISIT_BYTES_MAX) this.#unsent.push(bytes);
  }

  #handleEnd(): void {
    this.#isWayEnded = true;
  }

  /** Passes on what has come in both directions. False: more was said than a visit may, and it is over. */
  settle(scratch: Uint8Array): boolean {
    while (!this.#isSaid) {
      const length = this.#connection.streamReceive(STREAM_ID, scratch);
      if (length > 0) this.#handleSaid(scratch.slice(0, length));
      if (length >= 0 && this.#connection.streamEnded) {
        this.#isSaid = true;
        this.#way.end();
      }
      if (length <= 0 || this.#fromVisitor > VISIT_BYTES_MAX) break;
    }
    this.#tell();
    return this.#fromVisitor <= VISIT_BYTES_MAX && this.#toVisitor <= VISIT_BYTES_MAX;
  }

  /** The visitor's connection is over. */
  close(): void {
    this.#way.close();
    this.#unsent.length = 0;
  }

  #handleSaid(bytes: Uint8Array): void {
    this.#fromVisitor += bytes.length;
    if (bytes.length > 0 && this.#fromVisitor <= VISIT_BYTES_MAX) this.#way.send(bytes);
  }

  #tell(): void {
    for (let next = this.#unsent[0]; next !== undefined; next = this.#unsent[0]) {
      const taken = this.#connection.streamSend(STREAM_ID, next, false);
      if (taken <= 0) return;
      if (taken < next.length) this.#unsent[0] = next.subarray(taken);
      else this.#unsent.shift();
    }
    if (!this.#isWayEnded || this.#isTold) return;
    this.#isTold = true;
    this.#connection.streamSend(STREAM_ID, nothing, true);
  }
}
