import type { Sessions } from "../sessions.ts";

/**
 * Opens the sockets at which workloads speak data sessions.
 *
 * @throws OperatorError when a socket cannot be opened
 */
export async function startSessions(sessions: Sessions): Promise<void> {
  for (const door of sessions.doors) door.handleListening(await door.listen());
  sessions.begin();
}
