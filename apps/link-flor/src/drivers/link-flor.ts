import { readFileSync } from "node:fs";
import { join } from "node:path";
import { revocationFolder } from "@florenetes/identity";
import { newInstance } from "@florenetes/instances";
import {
  catchHangUps,
  createLogger,
  findQlogFolder,
  greatestLoads,
  openSecretsFile,
  PressureWatch,
  Reloads,
  serviceManager,
  statusLine,
  untilSignal,
} from "@florenetes/process-kit";
import { chooseEngine, hasDataThread, openEngine, QlogFiles } from "@florenetes/quic";
import { nodeTime as time } from "@florenetes/timing";
import { openLinkAdmin } from "../admin/link-admin.ts";
import { runLinkProgram } from "../admin/link-program.ts";
import type { LinkFlorConfig } from "../config/link-config.ts";
import { DataLane } from "../lane/drivers/data-lane.ts";
import { type OpenPortal, openPortal } from "../portal/drivers/open-portal.ts";
import { quicLinkProtocol } from "../quic-link/drivers/quic-link-protocol.ts";
import { nodeSockets } from "./node-sockets.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

runLinkProgram(version, run);

/** Serves all clusters of the config until SIGTERM or SIGINT, then tells the neighbours and ends. SIGHUP: reads identities and lists again. */
async function run(config: LinkFlorConfig): Promise<void> {
  const stop = untilSignal("SIGTERM", "SIGINT");
  const onHangUp = catchHangUps();
  const manager = serviceManager();
  const log = createLogger({ name: "link-flor" });
  const instance = newInstance();
  const choice = chooseEngine(config.engine);
  using secrets = openSecretsFile(log);
  const qlogFolder = findQlogFolder(log, choice);
  using qlogs = qlogFolder === undefined ? undefined : QlogFiles.open(qlogFolder);
  const engine = await openEngine(choice, { tellSecrets: secrets?.write, qlogs });
  log.info({ code: "QUIC_ENGINE", ...choice }, `the QUIC engine is the ${choice.name} one`);
  const protocol = quicLinkProtocol({ instance, engine, time });

  await using stack = new AsyncDisposableStack();
  const lane = hasDataThread(choice) ? stack.use(new DataLane(time)) : undefined;
  const portals: OpenPortal[] = [];
  for (const cluster of config.clusters) {
    const { deadAfterMs } = config;
    const revocationState = revocationFolder(config.state, cluster.cluster);
    const clusterLog = log.child({ cluster: cluster.cluster });
    const knownAddressesFile = join(config.state, "known-addresses", cluster.cluster);
    const sockets = lane?.addCluster() ?? nodeSockets;
    const kept = { revocationState, knownAddressesFile };
    const options = { config: cluster, ...kept, protocol, sockets, instance, deadAfterMs, time, log: clusterLog };
    portals.push(stack.use(await openPortal(options)));
  }
  const pressure = new PressureWatch({
    time,
    log,
    loads: () => greatestLoads(portals.map((portal) => portal.loads())),
  });
  stack.defer(() => pressure.close());
  const startedAt = new Date(instance.startedAt).toISOString();
  const status = () => ({
    instance: instance.id,
    startedAt,
    engine: choice,
    secretsFile: secrets?.path ?? null,
    qlog: qlogs?.status() ?? null,
    clusters: portals.map((portal) => portal.status()),
    violations: engine.violations,
    pressure: pressure.status(),
  });
  const reloads = new Reloads(async () => (await Promise.all(portals.map((portal) => portal.reload()))).flat());
  const reload = () => reloads.reload();
  stack.use(await openLinkAdmin({ path: config.admin, status, reload, log }));

  const listening = portals.map((portal) => portal.listening);
  log.info({ code: "READY", version, instance: instance.id, listening }, "link-flor is ready");
  manager.ready({
    statusLine: () => statusLine(portals.map((portal) => portal.linksUp())),
    isCarrying: () => lane?.isAnswering() ?? true,
  });
  onHangUp(() => void reload());
  const signal = await stop;
  log.info({ code: "STOPPING", signal }, "link-flor stops");
  manager.stopping("tells its neighbours");
  // Together: neighbours that cannot be told at once are waited for.
  await Promise.all(portals.map((portal) => portal.close()));
}
