import { describe } from "vitest";
import type { World } from "../worlds/both-worlds.ts";

/** Registers tests of the transport service in a world, over the data plane that the world has. */
export type Suite = (world: World) => void;

/** Names a suite. */
export function describeInWorlds(title: string, register: Suite): Suite {
  return (world) => describe(title, () => register(world));
}
