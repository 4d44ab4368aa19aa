import type { DataSession, SessionTurns } from "@florenetes/data-session";
import type { OwnFlow } from "../transport/own/own-flow.ts";
import type { SessionReader } from "../transport/own/session-readers.ts";
import type { SessionSocket } from "./session-socket.ts";

type CarriedFlow = NonNullable<OwnFlow["carried"]>;

/**
 * Has the data plane read the socket of a session from the end of the turn on in which a first flow was joined. It keeps the datagrams of joined flows, and
 * tells all other bytes in their order, so that the machine of the session stays here. What the session has to say is written here as before.
 */
export class SessionReading {
  readonly #session: DataSession;
  readonly #turns: SessionTurns;
  readonly #socket: SessionSocket;
  /** Joined flows, by their numbers in the session. */
  readonly #flows = new Map<number, CarriedFlow>();
  /** The numbers of joined flows that the data plane does not know yet. */
  readonly #unknown = new Set<number>();
  #reader: SessionReader | undefined;
  /** Whether the data plane has had the socket, or cannot have it: it is not asked again. */
  #wasAsked = false;

  constructor(session: DataSession, turns: SessionTurns, socket: SessionSocket) {
    this.#session = session;
    this.#turns = turns;
    this.#socket = socket;
  }

  join(stream: number, flow: CarriedFlow): void {
    this.#flows.set(stream, flow);
    this.#unknown.add(stream);
  }

  part(stream: number): void {
    if (this.#flows.delete(stream) && !this.#unknown.delete(stream)) this.#reader?.part(stream);
  }

  /** A turn of the session is over: datagrams that came in it, behind the opening of their flow, were sent before those that the data plane finds. */
  handleTurn(): void {
    if (this.#unknown.size === 0) return;
    if (!this.#wasAsked) this.#ask();
    if (!this.#wasAsked) return;
    for (const stream of this.#unknown) this.#reader?.join(stream, this.#flows.get(stream)!.number);
    this.#unknown.clear();
  }

  #ask(): void {
    const [flow] = this.#flows.values();
    if (flow === undefined || !this.#turns.hasReadAll || this.#session.isClosed) return;
    const descriptor = this.#socket.stopReading();
    if (descriptor === undefined) return;
    const rest = this.#session.takeRest();
    this.#reader = rest && flow.readers.open(descriptor, rest, this.#socket);
    this.#wasAsked = rest !== undefined;
    this.#socket.setReader(this.#reader);
    if (this.#reader === undefined && rest !== undefined && rest.length > 0) this.#turns.handleBytes(rest);
  }

  /** The socket is gone. */
  close(): void {
    this.#flows.clear();
    this.#unknown.clear();
    this.#socket.leaveReader();
    this.#reader = undefined;
  }
}
