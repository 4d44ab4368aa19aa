import { RealWorld } from "./real-world.ts";
import type { TransportWorld } from "./world.ts";
import { VirtualWorld } from "./virtual-world.ts";

interface World {
  readonly where: string;
  readonly open: () => TransportWorld;
  /** Waiting costs time, and bytes cost little. */
  readonly isReal: boolean;
}

/** For tests of what an engine and sockets have a part in. */
export const bothWorlds: readonly World[] = [
  { where: "in virtual time", open: () => new VirtualWorld(), isReal: false },
  { where: "in real time, over quiche and sockets", open: () => new RealWorld(), isReal: true },
];
