import { checkSocketToBind, checkSocketToConnect, checkStateDirectory } from "@florenetes/process-kit";
import type { CheckReport } from "@florenetes/process-kit";
import { checkRevocations } from "./check-revocations.ts";
import type { ClusterConfig } from "./cluster-config.ts";
import { loadIdentities } from "./identities.ts";

/**
 * Looks at all that a config names outside of its file: identities, sockets and directories. It changes nothing, and is
 * true for the user who runs it. That the link vertex's socket directory is not there only warns: it comes and goes with
 * the link vertex.
 */
export function checkCluster(config: ClusterConfig): CheckReport {
  const { portals, tunnels } = config;
  const problems: (Error | undefined)[] = [checkSocketToBind(config.admin), checkStateDirectory(config.state)];
  const warnings: (Error | undefined)[] = [];
  for (const { bind, connect } of portals) {
    problems.push(checkSocketToBind(bind));
    warnings.push(checkSocketToConnect(connect));
  }
  const { identities, problems: unusable } = loadIdentities(config);
  problems.push(...unusable);
  const revocations = checkRevocations(config, identities);
  problems.push(...revocations.problems);
  warnings.push(...revocations.warnings);
  for (const { listen } of tunnels) {
    if (listen.kind === "unix") problems.push(checkSocketToBind(listen.path));
  }
  const isError = (error: Error | undefined): error is Error => error !== undefined;
  return { problems: problems.filter(isError), warnings: warnings.filter(isError) };
}
