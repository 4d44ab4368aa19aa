import { setTimeout as sleep } from "node:timers/promises";
import type { Transport } from "../transport.ts";

/** How often it is looked whether the last streams have ended. */
const DRAIN_POLL_MS = 20;

/**
 * Opens the tunnels' listeners, then the connections.
 *
 * @throws OperatorError when a tunnel's address cannot be listened on
 */
export async function startTransport(transport: Transport): Promise<void> {
  for (const tunnel of transport.tunnels) {
    tunnel.handleListening(await transport.local.listen(tunnel.listenOptions(transport.now)));
  }
  transport.connect();
}

/** Takes no new streams, gives the open ones `drainMs` to end, then closes everything. */
export async function stopTransport(transport: Transport, drainMs: number): Promise<void> {
  transport.drain();
  for (const until = transport.now() + drainMs; transport.now() < until && transport.hasStreams;) {
    await sleep(DRAIN_POLL_MS);
  }
  transport.close();
}
