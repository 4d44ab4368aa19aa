import { randomBytes, randomInt } from "node:crypto";

/** Frames that are sent between two pauses. */
const FRAMES_AT_ONCE = 50;
const PAUSE_MS = 5;

/** The whole kit reads nothing for so long, and sends all the time. */
export function readNothing(ms: number, send: () => void): void {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    for (let i = 0; i < FRAMES_AT_ONCE; i++) send();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

/** Bytes of a good message or frame, of which some are changed, cut off or added. */
export function mutated(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  for (let i = randomInt(1, 4); i > 0 && copy.length > 0; i--) copy[randomInt(copy.length)] = randomInt(256);
  const cut = randomInt(3) === 0 ? copy.subarray(0, randomInt(copy.length + 1)) : copy;
  return randomInt(5) === 0 ? Buffer.concat([cut, randomBytes(randomInt(1, 40))]) : cut;
}
