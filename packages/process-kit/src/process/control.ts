import { type AdminAction, type AdminServer, openAdminServer } from "../admin/admin-server.ts";
import type { Logger } from "../logs/logger.ts";
import type { RoomLevels } from "../logs/room-levels.ts";
import type { Reloads } from "./reloads.ts";

export interface ControlOptions {
  /** Path of the socket; at most 107 bytes. */
  readonly path: string;
  readonly reloads: Reloads;
  /** Levels of the log, which can be set: `POST /log-level/<room>/<level>`. */
  readonly levels?: RoomLevels;
  /** The config that runs, with the keys of its file; without it, and without `ConfigTaker.apply`, there is no `/config`. */
  readonly config?: () => unknown;
  readonly log: Logger;
}

/** For the process's own user (and root): whoever may read metrics may not change a config. */
const CONTROL_MODE = 0o600;

/**
 * Opens the control socket, which changes what runs: `POST /reload` takes the config file, `POST /config` the config that is its body, and
 * both answer with a ReloadOutcome; with `?dry-run` they change nothing. `GET /config` answers with the config that runs.
 *
 * @throws OperatorError `ERR_SOCKET_…`
 */
export async function openControl({ path, reloads, levels, config, log }: ControlOptions): Promise<AdminServer> {
  const reload: AdminAction = ({ query }) => reloads.reload(query.has("dry-run"));
  const apply: AdminAction = ({ text, query }) => reloads.apply(text, query.has("dry-run"));
  return openAdminServer({
    path,
    mode: CONTROL_MODE,
    routes: config === undefined ? {} : { "/config": config },
    actions: { "/reload": reload, ...(config !== undefined && { "/config": apply }), ...levels?.routes() },
    onError: (route, error) => log.error({ code: "CONTROL_ROUTE_FAILED", route, err: error }, "a control order failed"),
  });
}
