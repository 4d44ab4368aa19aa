/** `npm run soak`: tests take their long forms. */
export const isSoak: boolean = Boolean(process.env["FLORENETES_SOAK"]);

/** How many runs a property, a fuzzer or a simulation has: all of them in `npm run soak`, and fewer each time the tests run. */
export function runs(all: number, each: number): number {
  return isSoak ? all : each;
}
