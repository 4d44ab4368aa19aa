import { type NativeSessionEvent, SESSION_EVENT_SIZE } from "@florenetes/data-plane";
import type { SessionReader, SessionReaderOwner, SessionReaders } from "../../own/session-readers.ts";

/** The data thread's orders for sockets of data sessions. */
export interface SessionOrders {
  readSession(session: number, descriptor: number, rest: Uint8Array): boolean;
  joinFlow(session: number, flow: number, workload: number): void;
  partFlow(session: number, flow: number): void;
  takeSession(session: number, size: number): void;
  leaveSession(session: number): void;
}

/** Numbers have 32 bits. */
const NUMBERS_END = 2 ** 32;

/** Sockets of data sessions that the data thread reads. */
export class LaneSessions implements SessionReaders {
  readonly #orders: SessionOrders;
  readonly #flush: () => void;
  readonly #owners = new Map<number, SessionReaderOwner>();
  #next = 0;

  /** @param flush Gives the thread the datagrams of this thread that wait: those of a flow that is joined must not overtake them. */
  constructor(orders: SessionOrders, flush: () => void) {
    this.#orders = orders;
    this.#flush = flush;
  }

  open(descriptor: number, rest: Uint8Array, owner: SessionReaderOwner): SessionReader | undefined {
    const orders = this.#orders;
    while (this.#owners.has(this.#next)) this.#next = (this.#next + 1) % NUMBERS_END;
    const session = this.#next;
    if (!orders.readSession(session, descriptor, rest)) return undefined;
    this.#next = (session + 1) % NUMBERS_END;
    this.#owners.set(session, owner);
    const order = (give: () => void): void => {
      if (this.#owners.get(session) === owner) give();
    };
    return {
      join: (stream, flow) =>
        order(() => {
          this.#flush();
          orders.joinFlow(session, stream, flow);
        }),
      part: (stream) => order(() => orders.partFlow(session, stream)),
      take: (size) => order(() => orders.takeSession(session, size)),
      close: () =>
        order(() => {
          this.#owners.delete(session);
          orders.leaveSession(session);
        }),
    };
  }

  handleEvent(event: NativeSessionEvent): void {
    const owner = this.#owners.get(event.session);
    if (event.kind === "sessionBytes") return owner?.handleRead(event.bytes, event.bytes.length + SESSION_EVENT_SIZE);
    this.#owners.delete(event.session);
    owner?.handleLeft(event.bytes);
  }
}
