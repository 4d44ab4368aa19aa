import { openDataPlane } from "@florenetes/data-plane";
import { NativeWorld } from "./native-world.ts";
import { RealWorld } from "./real-world.ts";
import type { TransportWorld } from "./world.ts";
import { VirtualWorld } from "./virtual-world.ts";

interface World {
  readonly where: string;
  readonly open: () => TransportWorld;
  /** Waiting costs time, and bytes cost little. */
  readonly isReal: boolean;
  /** A bound on time, in milliseconds. In real time there is none: a busy machine would break it. */
  readonly within: (ms: number) => number;
}

/** For tests of what an engine and sockets have a part in. */
export const bothWorlds: readonly World[] = [
  { where: "in virtual time", open: () => new VirtualWorld(), isReal: false, within: (ms) => ms },
  { where: "in real time, over quiche and sockets", open: () => new RealWorld(), isReal: true, within: () => Infinity },
];

const nativeWorlds: readonly World[] = [
  {
    where: "in real time, over the native data plane",
    open: () => new NativeWorld(),
    isReal: true,
    within: () => Infinity,
  },
];

/** For tests of what every data plane does, too. */
export const everyWorld: readonly World[] = [...bothWorlds, ...(openDataPlane().kind === "native" ? nativeWorlds : [])];
