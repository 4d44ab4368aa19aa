import { openFlorioPort } from "@florenetes/florio";
import { newInstance } from "@florenetes/wire-values";
import {
  catchHangUps,
  createLogger,
  type Logger,
  findQlogFolder,
  keepIdleMemorySmall,
  MetricsEndpoint,
  openControl,
  openSecretsFile,
  programVersion,
  RoomLevels,
  serviceManager,
  statusLine,
  untilSignal,
} from "@florenetes/process-kit";
import { chooseEngine, openEngine, QlogFiles } from "@florenetes/quic";
import { openClusterAdmin } from "../admin/cluster-admin.ts";
import type { RoomsStatus } from "../admin/cluster-status.ts";
import { runClusterProgram } from "../admin/cluster-program.ts";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { withoutParts } from "../config/identities.ts";
import { LOG_ROOMS } from "../config/log-levels.ts";
import type { DataPlane } from "../data-plane/data-plane.ts";
import { NativeDataPlane } from "../data-plane/native/drivers/native-data-plane.ts";
import { PortableDataPlane } from "../data-plane/portable/portable-data-plane.ts";
import { ClusterVertex } from "../cluster-vertex.ts";
import { nodeSealing } from "../trace/drivers/sealing.ts";
import type { TraceReport } from "../trace/trace-report.ts";
import type { TraceRequest } from "../trace/traces.ts";
import { nodeDrivers } from "../transport/drivers/node-drivers.ts";
import { vertexToken } from "../transport/drivers/vertex-token.ts";
import type { AccessLog } from "../transport/access-records.ts";
import { AccessLogFile } from "./access-log-file.ts";
import { otlpSender } from "./otlp-sender.ts";
import { SpanExport } from "./span-export.ts";
import { firstConfig, VertexChanges } from "./vertex-changes.ts";
import { openHoldings } from "./vertex-holdings.ts";
import { openVertexSecret } from "./vertex-secret.ts";

/** How long the streams that are open at SIGTERM may take to end. */
const DRAIN_MS = 5000;

const version = programVersion(new URL("../../package.json", import.meta.url));

runClusterProgram(version, run);

/**
 * Runs the vertex until SIGTERM or SIGINT, then lets open streams end, and returns. SIGHUP: applies the config file as
 * it is then, and reads identities and revocation lists again.
 */
async function run(config: ClusterConfig, file: string): Promise<void> {
  const stop = untilSignal("SIGTERM", "SIGINT");
  const onHangUp = catchHangUps();
  const manager = serviceManager();
  const { level, ...own } = config.log;
  const levels = new RoomLevels(LOG_ROOMS, level, own);
  const log = levels
    .filter(createLogger({ name: "cluster-flor", level: "debug" }))
    .child({ cluster: config.cluster, vertex: config.vertex });
  const instance = newInstance();
  const choice = chooseEngine(config.engine);
  using secrets = openSecretsFile(log);
  const qlogFolder = findQlogFolder(log, choice);
  using qlogs = qlogFolder === undefined ? undefined : QlogFiles.open(qlogFolder);
  const engine = await openEngine(choice, { tellSecrets: secrets?.write, qlogs });
  log.info({ code: "QUIC_ENGINE", ...choice }, `the QUIC engine is the ${choice.name} one`);
  const drivers = nodeDrivers();
  // A second process with the same config ends here, before it touches anything of the first. Status requests wait until all is ready.
  const ready = Promise.withResolvers<() => Promise<RoomsStatus>>();
  const status = async (): Promise<RoomsStatus> => (await ready.promise)();
  const tracing = Promise.withResolvers<(request: TraceRequest) => Promise<TraceReport>>();
  const trace = async (request: TraceRequest): Promise<TraceReport> => (await tracing.promise)(request);
  await using admin = await openClusterAdmin({ path: config.admin, status, trace, log });
  await using metrics = new MetricsEndpoint({ time: drivers, log });
  await metrics.start(config.metrics, admin.tellMetrics);
  await using accessLog = config.accessLog === undefined ? undefined : new AccessLogFile(config.accessLog, log);
  process.on("SIGUSR2", () => accessLog?.reopen());
  await using spans = openSpans(config, log);
  const records = accessLogOf([accessLog, spans].filter((each) => each !== undefined));
  using stack = new DisposableStack();
  const first = firstConfig(config, drivers, log);
  const { placed } = first;
  const { holdings, held, broken } = await openHoldings({ ...config, ...placed }, drivers.wallClock, log);
  stack.use(holdings);
  const usable = withoutParts(placed, broken);
  const plane: DataPlane = stack.use(
    choice.name === "native" ? new NativeDataPlane(usable, drivers, records !== undefined) : portablePlane(),
  );
  const secret = openVertexSecret(config.state, log);
  const vertex = new ClusterVertex({
    config: usable,
    holdings,
    instance,
    vertexToken: (own, peer) => vertexToken(secret, own, peer),
    sealing: nodeSealing(drivers.randomBytes),
    engine,
    drivers,
    plane,
    accessLog: records,
    log,
  });
  stack.defer(() => vertex.close());
  await using changes = new VertexChanges({
    ...first,
    file,
    vertex,
    holdings,
    held,
    broken,
    levels,
    metrics,
    time: drivers,
    log,
  });
  const { use, transactions } = changes;
  ready.resolve(async () => ({
    version,
    engine: choice,
    secretsFile: secrets?.path ?? null,
    qlog: qlogs?.status() ?? null,
    accessLog: recordsStatus(accessLog, plane),
    otlpTraces: recordsStatus(spans, plane),
    ...vertex.status(),
    config: await transactions.status(),
    metrics: metrics.status(),
    down: changes.down,
    overlay: changes.overlayStatus(),
  }));
  tracing.resolve((request) => vertex.tracing.traces.run(request, use.brokenTunnels));
  await using _control = await openControl({ path: config.control, transactions, levels, log });
  await vertex.start();
  await changes.start();
  log.info({ code: "READY", version, instance: instance.id, admin: admin.path }, "cluster-flor is ready");
  keepIdleMemorySmall();
  manager.ready({
    statusLine: () => statusLine([vertex.connection.links.linksUp()], changes.down),
    isCarrying: () => plane.isAnswering(),
  });
  onHangUp(() => void transactions.reload());
  const signal = await stop;
  log.info({ code: "STOPPING", signal }, "cluster-flor lets open streams end");
  manager.stopping("lets open streams end");
  await vertex.stop(DRAIN_MS);
}

function portablePlane(): PortableDataPlane {
  return new PortableDataPlane(({ bind, connect }, handlers) => openFlorioPort({ bind, connect, handlers }));
}

function openSpans({ otlpTraces, cluster, vertex }: ClusterConfig, log: Logger): SpanExport | undefined {
  if (otlpTraces === undefined) return undefined;
  return new SpanExport(otlpTraces.endpoint, otlpSender(otlpTraces, { cluster, vertex, version }), log);
}

/** All of these in one; undefined when there are none. */
function accessLogOf(logs: readonly AccessLog[]): AccessLog | undefined {
  if (logs.length === 0) return undefined;
  return {
    write(record) {
      for (const log of logs) log.write(record);
    },
  };
}

/** Records that the data plane could not pass on in time are lost, too. */
function recordsStatus<Status extends { readonly lost: number }>(
  records: { status(): Status } | undefined,
  plane: DataPlane,
): Status | null {
  if (records === undefined) return null;
  const status = records.status();
  return { ...status, lost: status.lost + plane.figures().streamsUntold };
}
