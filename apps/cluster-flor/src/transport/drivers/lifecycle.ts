import type { WakeUps } from "@florenetes/scheduling";
import type { Unfinished } from "../end-connections.ts";
import type { Transport } from "../transport.ts";

/** How often it is looked whether there is something to wait for. */
const DRAIN_POLL_MS = 20;
/** When all streams have ended, the peers have this long to acknowledge what they got. */
const ACKNOWLEDGE_MS = 1_000;
/** How often a peer that had streams open is told that they are over, and in which intervals. */
const GOODBYES = 5;
const GOODBYE_PAUSE_MS = 100;

/**
 * Opens the tunnels' listeners, then the connections.
 *
 * @throws OperatorError when a tunnel's address cannot be listened on
 */
export async function startTransport(transport: Transport): Promise<void> {
  for (const tunnel of transport.tunnels) tunnel.handleListening(await tunnel.listen());
  transport.connect();
}

/**
 * Takes no new streams, gives the open ones `drainMs` to end, then closes everything. Whoever still waits for bytes is
 * reset: what was cut short must not look like an end.
 *
 * @param wakeUps Those that the transport was made with.
 * @param onEnd Called just before the sockets of workloads are closed.
 */
export async function stopTransport(
  transport: Transport,
  drainMs: number,
  wakeUps: WakeUps,
  onEnd: () => void = () => {},
): Promise<void> {
  const pause = (ms: number): Promise<void> => {
    return new Promise((done) => wakeUps.timer(done).set(transport.now() + ms));
  };
  /** Waits while one of these is unfinished, until a time. */
  const wait = async (time: number, causes: readonly Unfinished[]): Promise<void> => {
    while (transport.now() < time && causes.includes(transport.unfinished)) await pause(DRAIN_POLL_MS);
  };
  const until = transport.now() + drainMs;
  transport.drain();
  await wait(until, ["streams"]);
  await wait(Math.min(until, transport.now() + ACKNOWLEDGE_MS), ["streams", "acknowledgements"]);
  const missed = transport.close();
  // A single close may get lost, above all on a link that has been busy until now.
  for (let told = 1; told < GOODBYES && missed.length > 0; told++) {
    await pause(GOODBYE_PAUSE_MS);
    for (const connection of missed) connection.repeatClose();
  }
  await wait(until, ["bytes"]);
  transport.end();
  onEnd();
  transport.local.resetAll();
}
