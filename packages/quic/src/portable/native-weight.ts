/** The weight of a connection that has ended; others have none. It makes V8 look for what it can collect after some hundred of
 *  them. */
export const endedConnectionWeight = 65_536;

const weights = new WeakMap<object, ArrayBuffer>();

/**
 * Lets V8 see that an object holds memory (or a file descriptor) of native code, so that it is collected in time once nobody needs it.
 * The weight itself takes address space only.
 */
export function weigh(owner: object, bytes: number): void {
  weights.set(owner, new ArrayBuffer(bytes));
}
