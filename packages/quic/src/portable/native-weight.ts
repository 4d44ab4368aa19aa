/** Bytes that a connection which has ended weighs for V8; others weigh nothing. It makes V8 look for what it can collect after a
 *  hundred or two of them: one that a neighbour has filled with all that its bounds allow holds more than this. */
export const endedConnectionWeight = 262_144;

const weights = new WeakMap<object, ArrayBuffer>();

/**
 * Lets V8 see that an object holds memory (or a file descriptor) of native code, so that it is collected in time once nobody needs it.
 * The weight itself takes address space only.
 */
export function weigh(owner: object, bytes: number): void {
  weights.set(owner, new ArrayBuffer(bytes));
}
