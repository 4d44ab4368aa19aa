import { dirname, join } from "node:path";
import { checkRevocations, formatPrincipal, IDENTITY_FILES, revocationFolder, uriInFile } from "@florenetes/identity";
import { OperatorError } from "@florenetes/operator-text";
import { checkMetricsTls, checkProcess, checkSocketToBind, checkSocketToConnect } from "@florenetes/process-kit";
import type { CheckReport } from "@florenetes/process-kit";
import { checkEngine } from "@florenetes/quic";
import type { ClusterConfig } from "./cluster-config.ts";
import type { ClusterConfigErrorCode } from "./config-errors.ts";
import { loadIdentities } from "./identities.ts";
import { layOver } from "./lay-over.ts";
import { NO_OVERLAY } from "./overlay.ts";
import { ConfigNumbers } from "./running-config.ts";

/**
 * Checks what a config names outside of its file: identities, sockets and directories. Changes nothing, and is true for the user
 * who runs it. A missing socket directory of the link vertex is only a warning: it comes and goes with the link vertex.
 *
 * @param file The config file, as an absolute path
 */
export async function checkCluster(config: ClusterConfig, file: string): Promise<CheckReport> {
  const { cluster, state, portals, tunnels, sessions, fabric, revocation } = config;
  const own = checkProcess(config, checkEngine(config.engine));
  const partProblems: (Error | undefined)[] = [checkMetricsTls(config.metrics)];
  const warnings: (Error | undefined)[] = [checkVertex(config, file)];
  for (const { bind, connect } of portals) {
    partProblems.push(checkSocketToBind(bind));
    warnings.push(checkSocketToConnect(connect));
  }
  const {
    identities,
    trust,
    problems: unusable,
  } = loadIdentities(new ConfigNumbers().place(layOver(config, NO_OVERLAY, 0).config));
  partProblems.push(...unusable);
  if ((identities.length > 0 || trust !== undefined) && own.isStateUsable) {
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
  if (fabric !== undefined) {
    partProblems.push(checkSocketToBind(fabric.door), checkSocketToBind(fabric.sessions));
    warnings.push(checkSocketToConnect(fabric.agent));
  }
  return own.report(partProblems, warnings);
}

/**
 * The link vertex holds the vertex's identity, whose config names it. When that identity lies beside this file, as on
 * nodes with systemd's units, and may be read, the names are compared.
 */
function checkVertex({ cluster, vertex: name }: ClusterConfig, file: string): OperatorError | undefined {
  const chain = join(dirname(file), "vertex", IDENTITY_FILES.chain);
  const uri = uriInFile(chain);
  if (uri === undefined || uri === formatPrincipal({ cluster, kind: "vertex", name })) return undefined;
  const code: ClusterConfigErrorCode = "ERR_CONFIG_VERTEX";
  const message = `the vertex is "${name}" here, and the certificate in ${chain} is that of ${uri}`;
  return new OperatorError(code, message, {
    advice: "Mend `vertex`, or the identity.",
    where: { file, key: "vertex" },
  });
}
