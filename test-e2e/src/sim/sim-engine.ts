import type { QuicEngine } from "@florenetes/quic";
import { nativeEngine } from "@florenetes/quic/native";
import { simulatedEngine } from "@florenetes/quic/simulated";
import type { Random } from "@florenetes/simkit";
import { verifyChain } from "./sim-identities.ts";

/** The engines of meshes: the simulated one, and that of native/, which has the keys and the TLS of real meshes. */
export const SIM_ENGINES = ["simulated", "native"] as const;
export type SimEngineName = (typeof SIM_ENGINES)[number];

/** @throws Error if the engine cannot be had: that of native/ may not be built */
export function openSimEngine(name: SimEngineName, random: Random, wallClock: () => Date): QuicEngine {
  if (name === "simulated") return simulatedEngine({ random: () => random.next(), verifyChain });
  const engine = nativeEngine({
    randomBytes: (length) => random.bytes(length),
    unixTimeMs: () => wallClock().getTime(),
  });
  if (engine === undefined) throw new Error("the native engine is not built: `npm run build` says what it needs");
  return engine;
}
