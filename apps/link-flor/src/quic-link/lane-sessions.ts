import type { SessionSlot } from "./links/session-slot.ts";
import { LaneSession } from "./data-plane/native/lane-session.ts";
import type { LaneDrops, SessionLane } from "./data-plane/native/session-lane.ts";
import type { Link } from "./links/link.ts";
import { EngineSession } from "./sessions/engine-session.ts";

const noDrops: LaneDrops = { datagramsIgnored: 0, datagramsSessionOver: 0, untold: 0, unsent: 0, packetsNoLink: 0 };

/** The sessions of an endpoint whose connections the data thread has; without such a thread there are none. */
export class LaneSessions {
  readonly #lane: SessionLane | undefined;
  readonly #byNumber = new Map<number, SessionSlot>();

  constructor(lane: SessionLane | undefined) {
    this.#lane = lane;
  }

  find(number: number): SessionSlot | undefined {
    return this.#byNumber.get(number);
  }

  drops(): LaneDrops {
    return this.#lane?.drops() ?? noDrops;
  }

  /** The session has come up: the thread takes it, and there is another one in its place. */
  handOver(slot: SessionSlot, now: number): void {
    const { session, id } = slot;
    if (this.#lane === undefined || !(session instanceof EngineSession) || session.state !== "up") return;
    const parts = session.handOver();
    const { connection, isOriginator, deadAfterMs, hello } = parts;
    const address = parts.address.peerAddress;
    const { probeKey } = hello;
    const payload = parts.udpPayload;
    const orders = this.#lane.adopt({ connection, ownId: id, address, isOriginator, payload, probeKey, deadAfterMs });
    slot.session = new LaneSession(parts, orders, now);
    this.#byNumber.set(orders.session, slot);
  }

  /** The link may have another handle, which the cluster vertex is about to be told: what it sends under it then finds its way. */
  setRoute({ status, current }: Link<SessionSlot>): void {
    if (current?.session instanceof LaneSession && status.handle !== 0) current.session.setRoute(status.handle);
  }

  /** The cluster vertex knows the link's handle: all that comes goes there under it, what comes in former sessions, too. */
  setHandle(link: Link<SessionSlot>): void {
    for (const { link: of, session } of this.#byNumber.values()) {
      if (of === link && session instanceof LaneSession) session.setHandle(link.status.handle);
    }
  }

  remove({ session }: SessionSlot): void {
    if (!(session instanceof LaneSession)) return;
    this.#byNumber.delete(session.number);
    session.forget();
  }
}
