import { checkRevocations, revocationFolder } from "@florenetes/identity";
import {
  checkQlogFolder,
  checkSecretsFile,
  checkSocketToBind,
  checkSocketToConnect,
  checkStateDirectory,
} from "@florenetes/process-kit";
import type { CheckReport } from "@florenetes/process-kit";
import { checkEngine } from "@florenetes/quic";
import type { ClusterConfig } from "./cluster-config.ts";
import { loadIdentities } from "./identities.ts";

/**
 * Looks at all that a config names outside of its file: identities, sockets and directories. It changes nothing, and is
 * true for the user who runs it. That the link vertex's socket directory is not there only warns: it comes and goes with
 * the link vertex.
 */
export async function checkCluster(config: ClusterConfig): Promise<CheckReport> {
  const { cluster, state, portals, tunnels, sessions, revocation } = config;
  const stateProblem = checkStateDirectory(state);
  const engine = checkEngine(config.engine);
  const [secrets, qlog] = [checkSecretsFile(), checkQlogFolder()];
  const problems: (Error | undefined)[] = [
    ...engine.problems,
    ...secrets.problems,
    ...qlog.problems,
    checkSocketToBind(config.admin),
    checkSocketToBind(config.control),
    stateProblem,
  ];
  const partProblems: (Error | undefined)[] = [];
  const warnings: (Error | undefined)[] = [...secrets.warnings, ...qlog.warnings];
  for (const { bind, connect } of portals) {
    partProblems.push(checkSocketToBind(bind));
    warnings.push(checkSocketToConnect(connect));
  }
  const { identities, trust, problems: unusable } = loadIdentities(config);
  partProblems.push(...unusable);
  if ((identities.length > 0 || trust !== undefined) && stateProblem === undefined) {
    const report = await checkRevocations({
      cluster,
      identities,
      trust,
      stateFolder: revocationFolder(state, cluster),
      policy: revocation,
    });
    partProblems.push(...report.problems);
    warnings.push(...report.warnings);
  }
  for (const { listen } of tunnels) {
    if (listen.kind === "unix") partProblems.push(checkSocketToBind(listen.path));
  }
  for (const { listen } of sessions) partProblems.push(checkSocketToBind(listen));
  const isError = (error: Error | undefined): error is Error => error !== undefined;
  return {
    problems: problems.filter(isError),
    partProblems: partProblems.filter(isError),
    warnings: warnings.filter(isError),
    notes: engine.notes,
  };
}
