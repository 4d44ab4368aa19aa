import { IdentityError, loadCredentials, loadRevocationLists, Revocations } from "@florenetes/identity";
import { checkSocketToBind, checkSocketToConnect, checkStateDirectory, OperatorError } from "@florenetes/process-kit";
import type { CheckReport } from "@florenetes/process-kit";
import type { ClusterPortalConfig, LinkFlorConfig } from "./link-config.ts";

/**
 * Looks at all that a config names outside of its file: identities, sockets and directories. It changes nothing, and is
 * true for the user who runs it. That a cluster vertex's socket directory is not there only warns: it comes and goes with
 * the cluster vertex.
 */
export function checkLinkFlor(config: LinkFlorConfig): CheckReport {
  const problems: (Error | undefined)[] = [checkSocketToBind(config.admin), checkStateDirectory(config.state)];
  const warnings: (Error | undefined)[] = [];
  for (const portal of config.clusters) {
    const identity = checkIdentity(portal);
    problems.push(identity.problem, checkSocketToBind(portal.bind));
    warnings.push(identity.warning, checkSocketToConnect(portal.connect));
  }
  const isError = (error: Error | undefined): error is Error => error !== undefined;
  return { problems: problems.filter(isError), warnings: warnings.filter(isError) };
}

/** That the own certificate is revoked, or that there is no list to judge others by, does not stop the process: it warns. */
function checkIdentity(portal: ClusterPortalConfig): { readonly problem?: Error; readonly warning?: Error } {
  const { cluster, identity: folder } = portal;
  const lists = new Revocations(portal.revocation);
  let isUsable = false;
  try {
    const credentials = loadCredentials(folder, { cluster, kinds: ["vertex"] });
    for (const list of loadRevocationLists(folder, credentials)) lists.put(list);
    isUsable = true;
    lists.check(credentials.certificates, new Date());
    return {};
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    const told = inConfig(error, cluster);
    return isUsable ? { warning: told } : { problem: told };
  }
}

/** The file alone does not say which line of the config leads to it. */
function inConfig(error: IdentityError, cluster: string): OperatorError {
  const advice = `${error.advice} It is \`identity\` of cluster ${cluster}.`;
  const where = error.where === undefined ? {} : { where: error.where };
  return new OperatorError(error.code, error.message, { advice, ...where, cause: error });
}
