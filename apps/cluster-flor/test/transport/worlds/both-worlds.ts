import { RealWorld } from "./real-world.ts";
import type { TransportWorld } from "./world.ts";
import { VirtualWorld } from "./virtual-world.ts";

export interface World {
  readonly open: () => TransportWorld;
  /** If true, waiting costs time, and bytes cost little. */
  readonly isReal: boolean;
  /** A bound on time, in milliseconds. In real time the bound is infinite: a busy machine would break it. */
  readonly within: (ms: number) => number;
}

/** Worlds of the portable data plane, for tests that depend on an engine and sockets. */
export const bothWorlds: readonly (World & { readonly where: string })[] = [
  { where: "in virtual time", open: () => new VirtualWorld(), isReal: false, within: (ms) => ms },
  { where: "in real time, over quiche and sockets", open: () => new RealWorld(), isReal: true, within: () => Infinity },
];
