import { type AdminOrder, type AdminServer, type Logger, openAdminServer } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { FabricConfig } from "../../config/cluster-config.ts";
import { agentAccounts } from "../../config/lay-over.ts";
import type { FabricSide } from "../fabric-side.ts";
import { type GrantOrder, readGrantOrder } from "../grant-order.ts";
import { EVENTS_WAIT_MS } from "../limits.ts";
import { overlayError } from "../overlay-errors.ts";
import type { EventsAnswer } from "../overlay-events.ts";
import { type OverlayOrder, readOverlayOrder } from "../overlay-order.ts";
import type { OverlayView } from "../overlay-view.ts";

/** For the vertex's own user alone, unless the config says who the agent is. */
const DOOR_MODE = 0o600;

export interface FabricDoorOptions {
  /** This life of the vertex: numbers of events begin anew in each. */
  readonly instance: string;
  readonly fabric: FabricConfig;
  readonly side: FabricSide;
  /** Called whenever an agent asks or orders. */
  readonly onHeard: () => void;
  readonly view: () => OverlayView;
  /** Takes an order, or only says whether it would be taken. Rejects with an OperatorError `ERR_OVERLAY_…`. */
  readonly take: (order: OverlayOrder, isDryRun: boolean) => Promise<{ readonly generation: number }>;
  /** Takes grants. Throws an OperatorError `ERR_OVERLAY_…`. */
  readonly grant: (order: GrantOrder) => object;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/**
 * Opens the socket at which the control agent sets the overlay (docs/protocol/fabric-door.md).
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export async function openFabricDoor(options: FabricDoorOptions): Promise<AdminServer> {
  const { instance, fabric, view, take, grant, onHeard, log } = options;
  const waiting = new EventWaiters(options);
  const heard =
    <Order, Answer>(answer: (order: Order) => Answer) =>
    (order: Order): Answer => {
      onHeard();
      return answer(order);
    };
  return openAdminServer({
    path: fabric.door,
    mode: fabric.mode ?? DOOR_MODE,
    owner: fabric.owner,
    allow: agentAccounts(fabric),
    routes: { "/view": heard(view) },
    actions: {
      "/overlay": heard(({ text, query }: AdminOrder) => take(readOverlayOrder(text), query.has("dry-run"))),
      "/grants": heard(async ({ text }: AdminOrder) => grant(readGrantOrder(text))),
      "/events": heard(async ({ query }: AdminOrder) => {
        return { instance, ...(await waiting.wait(numberOf(query.get("after")))) };
      }),
    },
    onError: (route, error) =>
      log.error({ code: "DOOR_ROUTE_FAILED", route, err: error }, "an order at the door failed"),
  });
}

/** Questions for events that have not happened yet. The door's own bound on clients bounds them. */
class EventWaiters {
  readonly #options: Pick<FabricDoorOptions, "side" | "time">;
  readonly #waiting = new Set<() => void>();

  constructor(options: Pick<FabricDoorOptions, "side" | "time">) {
    this.#options = options;
    options.side.onNews = () => {
      for (const settle of this.#waiting) settle();
    };
  }

  async wait(after: number): Promise<EventsAnswer> {
    const { events } = this.#options.side;
    if (events.last === after) await this.#news();
    return events.after(after);
  }

  /** Resolves at the next event, or when the time is over. */
  #news(): Promise<void> {
    return new Promise((done) => {
      const settle = (): void => {
        this.#waiting.delete(settle);
        timer.close();
        done();
      };
      const { now, wakeUps } = this.#options.time;
      const timer = wakeUps.timer(settle);
      timer.set(now() + EVENTS_WAIT_MS);
      this.#waiting.add(settle);
    });
  }
}

function numberOf(text: string | null): number {
  const after = text === null ? Number.NaN : Number(text);
  if (Number.isSafeInteger(after) && after >= 0) return after;
  throw overlayError("ERR_OVERLAY_FORM", "a question for events is /events?after=<number>");
}
