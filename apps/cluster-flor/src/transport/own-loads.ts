import type { PressureLoads } from "@florenetes/process-kit";
import type { TransportLimits } from "./limits.ts";
import type { LocalNetwork } from "./streams/local-network.ts";
import type { MemoryBudget } from "./streams/memory-budget.ts";

/** The parts of the transport service whose limits count here. */
interface LimitedTransport {
  readonly limits: Pick<TransportLimits, "acceptedMax" | "halfOpenMax" | "halfOpenKnownMax">;
  readonly halfOpen: { readonly total: number };
}

/** The workloads of this thread, with their limits. */
interface LimitedWorkloads {
  readonly limits: Pick<TransportLimits, "memoryMax">;
  readonly budget: Pick<MemoryBudget, "held">;
  readonly local: Pick<LocalNetwork, "filesTaken">;
}

/** The loads of this thread's workloads. */
export function workloadLoads({ limits, budget, local }: LimitedWorkloads): PressureLoads {
  return { memory: budget.held / limits.memoryMax, files: local.filesTaken };
}

/** The loads of the transport service, without those of its plane. */
export function ownLoads({ limits, halfOpen }: LimitedTransport, accepted: number): PressureLoads {
  return {
    connections: accepted / limits.acceptedMax,
    handshakes: halfOpen.total / (limits.halfOpenMax + limits.halfOpenKnownMax),
  };
}

/** The resource that one more stream would find used up, in words for people; undefined: none. */
export function shortageOf(
  budget: Pick<MemoryBudget, "isSpent">,
  local: Pick<LocalNetwork, "hasRoom">,
): string | undefined {
  if (budget.isSpent) return "the memory for streams is spent";
  if (local.hasRoom) return undefined;
  return "hardly any file descriptors are left: raise their limit (`ulimit -n`, in systemd LimitNOFILE=)";
}
