import { checkRevocations, IdentityError, revocationFolder } from "@florenetes/identity";
import { checkMetricsTls, checkProcess, checkSocketToBind, checkSocketToConnect } from "@florenetes/process-kit";
import type { CheckReport } from "@florenetes/process-kit";
import { loadIdentity, useOf } from "./identity.ts";
import { checkEngine } from "@florenetes/quic";
import type { ClusterPortalConfig, LinkFlorConfig } from "./link-config.ts";

/**
 * Checks all that a config names outside of its file: identities, sockets and directories. The check changes nothing, and
 * holds for the user who runs it. A missing directory of a cluster vertex's socket is only a warning: the directory comes
 * and goes with the cluster vertex.
 */
export async function checkLinkFlor(config: LinkFlorConfig): Promise<CheckReport> {
  const own = checkProcess(config, checkEngine(config.engine));
  const partProblems: (Error | undefined)[] = [checkMetricsTls(config.metrics)];
  const warnings: (Error | undefined)[] = [];
  for (const portal of config.clusters) {
    const identity = await checkIdentity(portal, own.isStateUsable ? config.state : undefined);
    partProblems.push(...identity.problems, checkSocketToBind(portal.bind));
    warnings.push(...identity.warnings, checkSocketToConnect(portal.connect));
  }
  return own.report(partProblems, warnings);
}

/**
 * Checks the identity of a cluster, and the revocation lists in the state directory if there is one. A revoked certificate
 * of our own, or no list to judge others by, is only a warning: the process would start.
 */
async function checkIdentity(
  config: ClusterPortalConfig,
  state: string | undefined,
): Promise<Pick<CheckReport, "problems" | "warnings">> {
  const { cluster, revocation: policy } = config;
  try {
    const identities = [loadIdentity(config)];
    if (state === undefined) return { problems: [], warnings: [] };
    const stateFolder = revocationFolder(state, cluster);
    const report = await checkRevocations({ cluster, identities, stateFolder, policy });
    const told = (error: IdentityError): IdentityError => error.usedAs(useOf(cluster));
    return { problems: report.problems.map(told), warnings: report.warnings.map(told) };
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return { problems: [error], warnings: [] };
  }
}
