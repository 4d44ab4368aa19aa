import { connectSession, type WorkloadSession } from "@florenetes/data-session/workload";
import { OperatorError } from "@florenetes/operator-text";
import { poolOfService } from "@florenetes/wire-values";
import type { VpnConfig } from "../config/vpn-config.ts";
import { VPN_POOL_ERRORS, type VpnPoolErrorCode } from "../config/pool-errors.ts";
import { SessionEnded } from "./session-ended.ts";

/**
 * The names of the pools to which the client's socket leads, as cluster-flor tells whoever speaks a data session there. A pool that is not
 * named by the config is among them, and no egress is asked, which may refuse the client all the same.
 *
 * @throws OperatorError `ERR_VPN_NO_CLIENT`, `ERR_VPN_NO_SESSION`, `ERR_VPN_POOLS_UNTOLD`
 */
export async function listPools({ end }: Pick<VpnConfig, "end">): Promise<readonly string[]> {
  if (end.kind !== "up") throw poolError("ERR_VPN_NO_CLIENT", "the config is that of an egress");
  await using session = await connect(end.session);
  if (session.services === undefined)
    throw poolError("ERR_VPN_POOLS_UNTOLD", `the services of ${end.session} are not told`);
  return session.services.flatMap((service) => poolOfService(service) ?? []).toSorted();
}

async function connect(path: string): Promise<WorkloadSession> {
  try {
    return await connectSession(path, { name: "vpn-flor pools" });
  } catch (error) {
    const { code, message } = SessionEnded.of(error);
    throw poolError("ERR_VPN_NO_SESSION", `${path} has no data session for this process (${code}: ${message})`);
  }
}

function poolError(code: VpnPoolErrorCode, message: string): OperatorError {
  return new OperatorError(code, message, { advice: VPN_POOL_ERRORS[code].advice });
}
