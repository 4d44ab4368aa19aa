import { OperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import type { DoorFault, DoorRequest, DoorResult } from "../agent/door/door-sync.ts";
import { readEvents, readGeneration, readView } from "../agent/door/view.ts";

/** A door answers a question for events after 4 s at the latest. */
const EVENTS_ANSWER_MS = 10_000;
/** Codes by which a door refuses an order; all others say that it could not be asked. */
const REFUSAL = /^ERR_OVERLAY_/;

/** Makes a request at the door whose socket has that path. Never rejects for what the door or the system does. */
export async function askDoor(path: string, request: DoorRequest): Promise<DoorResult> {
  try {
    return (await ask(path, request)) ?? away(request, NO_DOOR);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const fault: DoorFault = { code: error.code, text: error.message, advice: error.advice };
    return request.kind === "post" && REFUSAL.test(error.code) ? { kind: "refused", fault } : away(request, fault);
  }
}

/** Resolves with undefined when the answer is none of a door. */
async function ask(path: string, request: DoorRequest): Promise<DoorResult | undefined> {
  switch (request.kind) {
    case "view": {
      const view = readView(await requestAdmin(path, "/view"));
      return view && { kind: "view", view };
    }
    case "events": {
      const route = `/events?after=${request.after}`;
      const events = readEvents(await requestAdmin(path, route, { method: "POST", timeoutMs: EVENTS_ANSWER_MS }));
      return events && { kind: "events", events };
    }
    default: {
      const body = JSON.stringify(request.order);
      const generation = readGeneration(await requestAdmin(path, "/overlay", { method: "POST", body }));
      return generation === undefined ? undefined : { kind: "posted" };
    }
  }
}

const NO_DOOR: DoorFault = {
  code: "ERR_ADMIN_ANSWER",
  text: "answers, and not as a door does",
  advice: "`door` has to be the `door` in `fabric` of cluster-flor's config, and both of about the same version.",
};

function away(request: DoorRequest, fault: DoorFault): DoorResult {
  return { kind: "away", request: request.kind, fault };
}
