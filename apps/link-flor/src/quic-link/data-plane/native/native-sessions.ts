import { latenessLoad, type PressureLoads } from "@florenetes/process-kit";
import { EngineSession } from "../../sessions/engine-session.ts";
import type { Session } from "../../sessions/session.ts";
import type { CarriedLink, CarriedSlot, SessionPlane, SessionPlaneDrops } from "../session-plane.ts";
import { LaneSession } from "./lane-session.ts";
import type { LaneEvent, SessionLane } from "./session-lane.ts";

/** Has the data thread carry the sessions of one cluster: gives it all orders about them, and takes its events. */
export class NativeSessions implements SessionPlane {
  readonly #lane: SessionLane;
  readonly #onNews: () => void;
  readonly #byNumber = new Map<number, CarriedSlot>();

  constructor(lane: SessionLane, onNews: () => void) {
    this.#lane = lane;
    this.#onNews = onNews;
  }

  drops(): SessionPlaneDrops {
    return this.#lane.drops();
  }

  loads(): PressureLoads {
    return { thread: latenessLoad(this.#lane.waitedMs) };
  }

  /** Hands a session over. A session that ended as soon as it was up stays in this thread, and tells its end. */
  carry(slot: CarriedSlot, now: number): Session {
    const { session, id } = slot;
    if (!(session instanceof EngineSession) || session.state !== "up") return session;
    const parts = session.handOver();
    const { connection, isOriginator, deadAfterMs, quietMs, hello } = parts;
    const address = parts.address.peerAddress;
    const { probeKey } = hello;
    const payload = parts.udpPayload;
    const life = { deadAfterMs, quietMs };
    const orders = this.#lane.adopt({ connection, ownId: id, address, isOriginator, payload, probeKey, ...life });
    this.#byNumber.set(orders.session, slot);
    return new LaneSession(parts, orders, now);
  }

  /** Something happened to a session in the thread. */
  handleEvent(session: number, event: LaneEvent, now: number): void {
    const slot = this.#byNumber.get(session);
    if (!(slot?.session instanceof LaneSession)) return;
    slot.session.handleEvent(event, now);
    slot.handleNews();
    this.#onNews();
  }

  setRoute({ status, current }: CarriedLink): void {
    if (current?.session instanceof LaneSession && status.handle !== 0) current.session.setRoute(status.handle);
  }

  setHandle(link: CarriedLink): void {
    for (const { link: of, session } of this.#byNumber.values()) {
      if (of === link && session instanceof LaneSession) session.setHandle(link.status.handle);
    }
  }

  forget({ session }: CarriedSlot): void {
    if (!(session instanceof LaneSession)) return;
    this.#byNumber.delete(session.number);
    session.forget();
  }
}
