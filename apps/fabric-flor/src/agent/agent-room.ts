import type { BookEvent } from "@florenetes/facts";
import type { AgentNews, AgentOrder } from "./agent-orders.ts";
import type { DoorEvent, View } from "./door/view.ts";
import type { Moment } from "./moment.ts";

/**
 * A room that joins the agent as any other does: it is told what happens, does what is due, and says when it is due again. What it adds to the overlay it gives
 * to the planner (`OverlayPart`).
 */
export interface AgentRoom {
  /** The book tells something; `advance` follows. */
  handleBook?(event: BookEvent): void;
  /** The door has shown another view; `advance` follows. */
  handleView?(view: View, at: Moment): void;
  /** Something has happened at the vertex: knocks and switches are told once, and in no view. */
  handleDoorEvents?(events: readonly DoorEvent[], at: Moment): void;
  /** Does what is due. The book may have been told more meanwhile: it is called once more then. */
  advance(at: Moment): void;
  /** When `advance` is due, in monotonic milliseconds; Infinity: never by itself. */
  nextTimeout(at: Moment): number;
  /** Something that people want to know. */
  pollNews?(): AgentNews | undefined;
  /** An order to the owner. */
  pollOrder?(): AgentOrder | undefined;
}
