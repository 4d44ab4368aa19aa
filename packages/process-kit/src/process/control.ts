import { parseDuration } from "@florenetes/config-file";
import { OperatorError } from "@florenetes/operator-text";
import { type AdminAction, type AdminServer, openAdminServer } from "../admin/admin-server.ts";
import type { ConfigTransactions } from "../config/config-transactions.ts";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { CONFIRM_MS_MAX, CONFIRM_MS_MIN } from "../limits.ts";
import type { Logger } from "../logs/logger.ts";
import type { RoomLevels } from "../logs/room-levels.ts";

export interface ControlOptions {
  /** Path of the socket; at most 107 bytes. */
  readonly path: string;
  readonly transactions: Pick<
    ConfigTransactions,
    "written" | "reload" | "readIdentities" | "apply" | "confirm" | "back"
  >;
  /** Levels of the log, which can be set: `POST /log-level/<room>/<level>`. */
  readonly levels?: RoomLevels;
  /** Orders of this program alone. */
  readonly actions?: Readonly<Record<string, AdminAction>>;
  readonly log: Logger;
}

/** For the process's own user and root alone: readers of metrics may not change a config. */
const CONTROL_MODE = 0o600;

/**
 * Opens the control socket, which changes the running process: `POST /reload` applies the config file, `POST /config`
 * the config in its body, and both answer with a ReloadOutcome; with `?dry-run` they change nothing. `POST /identities` reads
 * identities and lists again, and leaves the config alone. A config that was
 * posted with `?confirm-within=<duration>` stays only when `POST /config/confirm` follows in time; `POST /config/back`
 * returns at once to the config before. `GET /config` answers with the running config.
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export async function openControl({ path, transactions, levels, actions, log }: ControlOptions): Promise<AdminServer> {
  const reload: AdminAction = ({ query }) => transactions.reload(query.has("dry-run"));
  const apply: AdminAction = ({ text, query }) => {
    const within = query.get("confirm-within");
    const confirmWithinMs = within === null ? undefined : parseConfirmWithin(within);
    return transactions.apply(text, { isDryRun: query.has("dry-run"), confirmWithinMs });
  };
  return openAdminServer({
    path,
    mode: CONTROL_MODE,
    routes: { "/config": () => transactions.written },
    actions: {
      ...actions,
      "/reload": reload,
      "/identities": () => transactions.readIdentities(),
      "/config": apply,
      "/config/confirm": ({ text }) => transactions.confirm(text),
      "/config/back": () => transactions.back(),
      ...levels?.routes(),
    },
    onError: (route, error) => log.error({ code: "CONTROL_ROUTE_FAILED", route, err: error }, "a control order failed"),
  });
}

/** Milliseconds. @throws OperatorError `ERR_USAGE` */
export function parseConfirmWithin(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs >= CONFIRM_MS_MIN && durationMs <= CONFIRM_MS_MAX) return durationMs;
  const code: ProcessKitErrorCode = "ERR_USAGE";
  const advice = `Give ${CONFIRM_MS_MIN / 1_000} s to ${CONFIRM_MS_MAX / 3_600_000} h, as 2min or 90s.`;
  throw new OperatorError(code, `nobody can confirm a config within "${text}"`, { advice });
}
