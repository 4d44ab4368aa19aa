import { newInstance } from "@florenetes/wire-values";
import {
  catchHangUps,
  createLogger,
  findQlogFolder,
  greatestLoads,
  keepIdleMemorySmall,
  MetricsEndpoint,
  openControl,
  openSecretsFile,
  PressureWatch,
  programVersion,
  serviceManager,
  statusLine,
  untilSignal,
} from "@florenetes/process-kit";
import { chooseEngine, openEngine, QlogFiles } from "@florenetes/quic";
import { nodeTime as time } from "@florenetes/scheduling";
import { openLinkAdmin } from "../admin/link-admin.ts";
import { runLinkProgram } from "../admin/link-program.ts";
import type { LinkFlorConfig } from "../config/link-config.ts";
import type { DataPlane } from "../data-plane/data-plane.ts";
import { NativeDataPlane } from "../data-plane/native/drivers/native-data-plane.ts";
import { PortableDataPlane } from "../data-plane/portable/drivers/portable-data-plane.ts";
import { joinLinkVertex } from "./link-vertex.ts";

const version = programVersion(new URL("../../package.json", import.meta.url));

runLinkProgram(version, run);

/** Serves the clusters of the config until SIGTERM or SIGINT, then tells the neighbours and ends. On SIGHUP it takes the config file anew. */
async function run(config: LinkFlorConfig, file: string): Promise<void> {
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

  await using stack = new AsyncDisposableStack();
  const plane: DataPlane = stack.use(choice.name === "native" ? new NativeDataPlane(time) : new PortableDataPlane());
  const metrics = stack.use(new MetricsEndpoint({ time, log }));
  const { clusters, transactions } = joinLinkVertex({ config, file, plane, engine, instance, metrics, time, log });
  stack.defer(() => clusters.close());
  stack.use(transactions);
  const pressure = new PressureWatch({
    time,
    log,
    loads: () => greatestLoads(clusters.loads()),
    isQuiet: () => clusters.isQuiet(),
  });
  stack.defer(() => pressure.close());
  const startedAt = new Date(instance.startedAt).toISOString();
  const status = async () => ({
    instance: instance.id,
    startedAt,
    version,
    engine: choice,
    secretsFile: secrets?.path ?? null,
    qlog: qlogs?.status() ?? null,
    config: await transactions.status(),
    clusters: clusters.status(),
    down: clusters.downStatus(),
    metrics: metrics.status(),
    violations: engine.violations,
    pressure: pressure.status(),
  });
  const admin = stack.use(await openLinkAdmin({ path: config.admin, status, log }));
  await metrics.start(config.metrics, admin.tellMetrics);
  await clusters.add(config.clusters);
  stack.use(await openControl({ path: config.control, transactions, log }));

  const { listening } = clusters;
  log.info({ code: "READY", version, instance: instance.id, listening }, "link-flor is ready");
  keepIdleMemorySmall();
  manager.ready({
    statusLine: () => statusLine(clusters.linksUp(), clusters.down),
    isCarrying: () => plane.isAnswering(),
  });
  onHangUp(() => void transactions.reload());
  const signal = await stop;
  log.info({ code: "STOPPING", signal }, "link-flor stops");
  manager.stopping("tells its neighbours");
  await clusters.close();
}
