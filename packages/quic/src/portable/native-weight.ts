const weights = new WeakMap<object, ArrayBuffer>();

/**
 * Lets V8 see that an object holds memory (or a file descriptor) of native code, so that it is collected in time once nobody needs it.
 * The weight itself takes address space only.
 */
export function weigh(owner: object, bytes: number): void {
  weights.set(owner, new ArrayBuffer(bytes));
}
