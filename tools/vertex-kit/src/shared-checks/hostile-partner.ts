import { randomBytes, randomInt } from "node:crypto";

/** Frames that are sent between two pauses. */
const FRAMES_AT_ONCE = 50;
const PAUSE_MS = 5;

/** Makes the whole kit read nothing for `ms`, and send all the time. */
export function readNothing(ms: number, send: () => void): void {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    for (let i = 0; i < FRAMES_AT_ONCE; i++) send();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

/** The bytes of a good message or frame, some of which are changed, cut off or added. */
export function mutated(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  for (let i = randomInt(1, 4); i > 0 && copy.length > 0; i--) copy[randomInt(copy.length)] = randomInt(256);
  const cut = randomInt(3) === 0 ? copy.subarray(0, randomInt(copy.length + 1)) : copy;
  return randomInt(5) === 0 ? Buffer.concat([cut, randomBytes(randomInt(1, 40))]) : cut;
}
