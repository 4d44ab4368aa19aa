/**
 * Holds every engine to what the seam promises, in functions that any test runner can call. Bounded: no case takes longer than
 * a few seconds of the context's time.
 */

import { closingCases } from "./closing.ts";
import { datagramCases } from "./datagrams.ts";
import { endpointCases } from "./endpoint.ts";
import { handshakeCases } from "./handshake.ts";
import { judgingCases } from "./judging.ts";
import type { ConformanceCase } from "./context.ts";
import { streamCases } from "./streams.ts";

export { Pair } from "./pair.ts";
export type { Direction, PairOptions } from "./pair.ts";
export type { ConformanceCase, ConformanceContext, ConformanceCredentials } from "./context.ts";

export const conformanceCases: readonly ConformanceCase[] = [
  ...handshakeCases,
  ...judgingCases,
  ...datagramCases,
  ...streamCases,
  ...closingCases,
  ...endpointCases,
];
