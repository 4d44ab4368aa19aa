/** The control API at a socket of its own, which the cluster vertex may offer to others as a service. */
import {
  type AdminAction,
  AdminAnswer,
  type AdminRoute,
  type AdminServer,
  openAdminServer,
} from "@florenetes/process-kit";
import type { Logger } from "@florenetes/process-kit";
import { AnswerBudget } from "./answer-budget.ts";

export interface ControlApi {
  /** Questions for records. */
  readonly routes: Readonly<Record<string, AdminRoute>>;
  /** Records that are handed in. */
  readonly actions: Readonly<Record<string, AdminAction>>;
  /** Answers whoever wants to change something in any other way. */
  readonly refuseChange: () => AdminAnswer;
}

export interface ControlApiOptions extends ControlApi {
  /** Path of the socket; at most 107 bytes. */
  readonly path: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * Opens the socket: it answers questions for records, and takes signed ones, and nothing else. Who is at the other end is not known, and makes no
 * difference: a record holds by its signatures. Whatever is asked costs the process a tenth of its time at most, and beyond gets a 429.
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export function openControlApi(options: ControlApiOptions): Promise<AdminServer> {
  const { path, routes, actions, refuseChange, now, log } = options;
  const budget = new AnswerBudget(now());
  const bounded =
    <Input>(answer: (input: Input) => unknown) =>
    (input: Input): unknown => {
      const begunAt = now();
      const waitMs = budget.waitMs(begunAt);
      if (waitMs > 0) return new AdminAnswer(429, { code: "BUSY", message: `ask again in ${waitMs} ms` });
      try {
        return answer(input);
      } finally {
        budget.handleSpent(now() - begunAt);
      }
    };
  return openAdminServer({
    path,
    routes: mapValues(routes, bounded<URLSearchParams>),
    actions: mapValues(actions, bounded<Parameters<AdminAction>[0]>),
    refuseChange,
    onError: (route, error) =>
      log.error({ code: "API_ROUTE_FAILED", route, err: error }, "an answer of the API failed"),
  });
}

function mapValues<Value>(of: Readonly<Record<string, Value>>, map: (value: Value) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, map(value)]));
}
