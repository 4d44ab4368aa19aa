import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { type HeldIdentity, HeldRevocations, revocationFolder } from "@florenetes/identity";
import type { Instance } from "@florenetes/portal-api";
import { catchHangUps, createLogger, type Logger, serviceManager, untilSignal } from "@florenetes/process-kit";
import { monotonicNow } from "@florenetes/timing";
import { quicheEngine } from "@florenetes/quic";
import { openClusterAdmin } from "../admin/cluster-admin.ts";
import { runClusterProgram } from "../admin/cluster-program.ts";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { loadIdentities } from "../config/identities.ts";
import { ClusterVertex } from "../cluster-vertex.ts";
import { nodeDrivers } from "../transport/drivers/node-drivers.ts";
import { openVertexSecret } from "./vertex-secret.ts";

/** How long the streams that are open at SIGTERM may take to end. */
const DRAIN_MS = 5000;

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

runClusterProgram(version, run);

/**
 * Runs the vertex until SIGTERM or SIGINT, then lets open streams end, and leaves. SIGHUP: reads the identities and the
 * revocation lists again.
 */
async function run(config: ClusterConfig): Promise<void> {
  const stop = untilSignal("SIGTERM", "SIGINT");
  const onHangUp = catchHangUps();
  const manager = serviceManager();
  const log = createLogger({ name: "cluster-flor" }).child({ cluster: config.cluster, vertex: config.vertex });
  const instance: Instance = { startedAt: Date.now(), id: randomBytes(8).toString("hex") };
  const identities = requireIdentities(config);
  let onChange = (): void => {};
  using stack = new DisposableStack();
  const lists = await openLists(config, identities, log, () => onChange());
  stack.defer(() => lists?.close());
  const vertex = new ClusterVertex({
    config,
    identities,
    lists,
    instance,
    vertexSecret: openVertexSecret(config.state, log),
    engine: quicheEngine,
    drivers: nodeDrivers(),
    now: monotonicNow,
    log,
  });
  stack.defer(() => vertex.close());
  onChange = () => vertex.handleRevocations();
  await using admin = await openClusterAdmin({ path: config.admin, status: () => vertex.status(), log });
  await vertex.start();
  log.info({ code: "READY", version, instance: instance.id, admin: admin.path }, "cluster-flor is ready");
  manager.ready();
  onHangUp(() => vertex.reload());
  const signal = await stop;
  log.info({ code: "STOPPING", signal }, "cluster-flor lets open streams end");
  manager.stopping();
  await vertex.stop(DRAIN_MS);
}

/**
 * Opens the revocation lists of the identities' folders. A vertex without identities judges nobody, and needs none.
 *
 * @throws IdentityError when a `crl.pem` is not in order
 */
async function openLists(
  { cluster, state, revocation: policy }: ClusterConfig,
  identities: ReadonlyMap<string, HeldIdentity>,
  log: Logger,
  onChange: () => void,
): Promise<HeldRevocations | undefined> {
  if (identities.size === 0) return undefined;
  return HeldRevocations.open({
    cluster,
    identities: [...identities.values()],
    stateFolder: revocationFolder(state, cluster),
    policy,
    onEvent: ({ level, text, ...fields }) => log[level](fields, text),
    onChange,
  });
}

/** @throws IdentityError the first of the problems; `check` shows them all */
function requireIdentities(config: ClusterConfig): ReadonlyMap<string, HeldIdentity> {
  const { identities, problems } = loadIdentities(config);
  if (problems[0] !== undefined) throw problems[0];
  return identities;
}
