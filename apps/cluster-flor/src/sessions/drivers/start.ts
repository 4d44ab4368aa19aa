import type { Sessions } from "../sessions.ts";

/**
 * Opens the sockets at which workloads speak data sessions.
 *
 * @throws OperatorError when one cannot be listened on
 */
export async function startSessions(sessions: Sessions): Promise<void> {
  for (const door of sessions.doors) door.handleListening(await door.listen());
  sessions.begin();
}
