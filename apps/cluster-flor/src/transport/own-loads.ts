import type { PressureLoads } from "@florenetes/process-kit";
import type { TransportLimits } from "./limits.ts";
import type { LocalNetwork } from "./streams/local-network.ts";
import type { MemoryBudget } from "./streams/memory-budget.ts";

/** The parts of the transport service that have limits of their own. */
interface LimitedTransport {
  readonly limits: Pick<TransportLimits, "memoryMax" | "acceptedMax" | "halfOpenMax" | "halfOpenKnownMax">;
  readonly budget: Pick<MemoryBudget, "held">;
  readonly local: Pick<LocalNetwork, "filesTaken">;
  readonly halfOpen: { readonly total: number };
}

/** How near the transport service is to its limits, without the data thread's part in it. */
export function ownLoads({ limits, budget, local, halfOpen }: LimitedTransport, accepted: number): PressureLoads {
  return {
    memory: budget.held / limits.memoryMax,
    files: local.filesTaken,
    connections: accepted / limits.acceptedMax,
    handshakes: halfOpen.total / (limits.halfOpenMax + limits.halfOpenKnownMax),
  };
}

/** Which resource a further stream would find used up, in words for people; undefined: none. */
export function shortageOf(
  budget: Pick<MemoryBudget, "isSpent">,
  local: Pick<LocalNetwork, "hasRoom">,
): string | undefined {
  if (budget.isSpent) return "the memory for streams is spent";
  if (local.hasRoom) return undefined;
  return "hardly any file descriptors are left: raise their limit (`ulimit -n`, in systemd LimitNOFILE=)";
}
