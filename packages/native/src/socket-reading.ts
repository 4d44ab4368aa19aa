import type { Duplex } from "node:stream";

/** The parts of a socket's handle that Node has no public names for; the private ones are the same in all its versions. */
interface Handle {
  readonly fd?: unknown;
  reading?: boolean;
  readStart?: (this: Handle) => number;
  readStop?(): number;
}

/** The descriptor of a socket; undefined: it is closed, or none of the system's. */
export function descriptorOf(socket: Duplex): number | undefined {
  const descriptor = handleOf(socket)?.fd;
  return typeof descriptor === "number" && descriptor >= 0 ? descriptor : undefined;
}

/**
 * Has Node read nothing more of a socket whose bytes were all told, at once: `pause` alone would have it fill a buffer first. So somebody else can read
 * on, by the descriptor that is returned, until `startReading`. Undefined: the stream is closed, or no socket of the system's, and goes on.
 */
export function stopReading(socket: Duplex): number | undefined {
  const handle = handleOf(socket);
  const descriptor = descriptorOf(socket);
  if (descriptor === undefined || handle?.readStop === undefined || socket.readableLength > 0) return undefined;
  socket.pause();
  handle.readStop();
  // Node's streams ask for more whenever their buffers have room, paused or not, in a later turn, too.
  handle.readStart = nothing;
  return descriptor;
}

/** Has Node read on after `stopReading`. A socket that was closed meanwhile stays closed. */
export function startReading(socket: Duplex): void {
  const handle = handleOf(socket);
  if (handle?.readStart === nothing) {
    // Its class has the method.
    Reflect.deleteProperty(handle, "readStart");
    handle.reading = true;
    handle.readStart();
  }
  socket.resume();
}

/** In the place of a handle's `readStart`: tells that it has worked. */
function nothing(): number {
  return 0;
}

function handleOf(socket: Duplex): Handle | undefined {
  return (socket as { _handle?: Handle | null })._handle ?? undefined;
}
