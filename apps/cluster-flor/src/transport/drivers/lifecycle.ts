import type { WakeUps } from "@florenetes/scheduling";
import type { Unfinished } from "../end-connections.ts";
import type { Transport } from "../transport.ts";

/** The interval of looks for unfinished work. */
const DRAIN_POLL_MS = 20;
/** How long peers may take, after all streams have ended, to acknowledge what they received. */
const ACKNOWLEDGE_MS = 1_000;
/** How often, and in which intervals, a peer with open streams is told that the connection is closed. */
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
 * Refuses new streams, gives open ones `drainMs` to end, then closes everything. A workload that still waits for bytes
 * gets a reset: a stream that was cut off must not look like one that ended.
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
  /** Waits while some of this work is unfinished, until a time. */
  const wait = async (time: number, causes: readonly Unfinished[]): Promise<void> => {
    while (transport.now() < time && causes.includes(transport.unfinished)) await pause(DRAIN_POLL_MS);
  };
  const until = transport.now() + drainMs;
  transport.drain();
  await wait(until, ["streams"]);
  await wait(Math.min(until, transport.now() + ACKNOWLEDGE_MS), ["streams", "acknowledgements"]);
  const missed = transport.close();
  // A single CONNECTION_CLOSE may get lost, above all on a link that has been busy until now.
  for (let told = 1; told < GOODBYES && missed.length > 0; told++) {
    await pause(GOODBYE_PAUSE_MS);
    for (const connection of missed) connection.repeatClose();
  }
  await wait(until, ["bytes"]);
  transport.end();
  onEnd();
  transport.local.resetAll();
}
