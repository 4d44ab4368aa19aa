import { IdentityError, loadCredentials } from "@florenetes/identity";
import { checkSocketToBind, checkSocketToConnect, checkStateDirectory, OperatorError } from "@florenetes/process-kit";
import type { CheckReport } from "@florenetes/process-kit";
import type { LinkFlorConfig } from "./link-config.ts";

/**
 * Looks at all that a config names outside of its file: identities, sockets and directories. It changes nothing, and is
 * true for the user who runs it. That a cluster vertex's socket directory is not there only warns: it comes and goes with
 * the cluster vertex.
 */
export function checkLinkFlor(config: LinkFlorConfig): CheckReport {
  const problems: (Error | undefined)[] = [checkSocketToBind(config.admin), checkStateDirectory(config.state)];
  const warnings: (Error | undefined)[] = [];
  for (const { cluster, identity, bind, connect } of config.clusters) {
    problems.push(checkIdentity(identity, cluster), checkSocketToBind(bind));
    warnings.push(checkSocketToConnect(connect));
  }
  const isError = (error: Error | undefined): error is Error => error !== undefined;
  return { problems: problems.filter(isError), warnings: warnings.filter(isError) };
}

function checkIdentity(folder: string, cluster: string): Error | undefined {
  try {
    loadCredentials(folder, { cluster, kinds: ["vertex"] });
    return undefined;
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    // The file alone does not say which line of the config leads to it.
    const advice = `${error.advice} It is \`identity\` of cluster ${cluster}.`;
    const where = error.where === undefined ? {} : { where: error.where };
    return new OperatorError(error.code, error.message, { advice, ...where, cause: error });
  }
}
