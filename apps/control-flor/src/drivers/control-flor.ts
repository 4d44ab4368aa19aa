import { resolve } from "node:path";
import {
  catchHangUps,
  checkStateDirectory,
  ConfigTransactions,
  createLogger,
  type MeasuredPlan,
  MetricsEndpoint,
  openControl,
  openStatusSocket,
  programVersion,
  SerialQueue,
  serviceManager,
  untilSignal,
  withMetrics,
} from "@florenetes/process-kit";
import { nodeTime as time } from "@florenetes/scheduling";
import { newInstance } from "@florenetes/wire-values";
import { CONTROL_METRICS } from "../admin/control-metrics.ts";
import { runControlProgram } from "../admin/control-program.ts";
import type { RoomsStatus } from "../admin/control-status.ts";
import { judgeControlFlor } from "../admin/judge-status.ts";
import { Api } from "../api/api.ts";
import { asOfView } from "../api/as-of.ts";
import { Audit } from "../api/audit.ts";
import { EventHub } from "../api/event-hub.ts";
import { Readers } from "../api/readers.ts";
import { type ControlPlan, isUnchanged, planChanges } from "../config/config-changes.ts";
import type { ControlConfig } from "../config/control-config.ts";
import { loadControlConfig, parseControlConfig } from "../config/control-config-file.ts";
import { ProposalDesk } from "../proposals/proposal-desk.ts";
import { AgentReader } from "./agent-reader.ts";
import { ApiServer } from "./api-server.ts";
import { checkControlFlor } from "./check.ts";
import { ConsolePages } from "./console-pages.ts";
import { ProposalFiles } from "./proposal-files.ts";
import { openRecordsAgent } from "./records-agent.ts";

const version = programVersion(new URL("../../package.json", import.meta.url));

runControlProgram(version, { run, check: checkControlFlor });

/** Answers until SIGTERM or SIGINT. On SIGHUP it takes the config file anew. */
async function run(config: ControlConfig, file: string): Promise<void> {
  const stop = untilSignal("SIGTERM", "SIGINT");
  const onHangUp = catchHangUps();
  const manager = serviceManager();
  const log = createLogger({ name: "control-flor" });
  const instance = newInstance();
  const { cluster } = config;

  await using stack = new AsyncDisposableStack();
  const audit = new Audit();
  const wall = (): number => time.wallClock().getTime();
  const unfit = checkStateDirectory(config.state);
  if (unfit !== undefined) throw unfit;
  const files = new ProposalFiles(config.state, log);
  const queue = new SerialQueue();
  const desk: ProposalDesk = new ProposalDesk({
    agent: openRecordsAgent(config.agent),
    store: files,
    kept: files.readAll(),
    wallClock: wall,
    handleChange: () => {
      api.handleProposals(desk.proposals);
      hub.handleView(wall());
    },
  });
  const api = new Api({ cluster, version, audit, recordOf: (id) => desk.recordOf(id) });
  const hub = new EventHub(cluster);
  const readers = new Readers(config);
  const agent = stack.use(
    new AgentReader({
      cluster,
      path: config.agent,
      time,
      log,
      handleView: (view) => {
        api.handleView(view);
        hub.handleView(wall());
        void queue.run(() => desk.handleView(view));
      },
    }),
  );
  const pages = stack.use(new ConsolePages({ cluster, api, time }));
  const server = stack.use(
    new ApiServer({ path: config.listen, api, hub, pages, desk, queue, readers, audit, time, log }),
  );
  const metrics = stack.use(new MetricsEndpoint({ time, log }));
  const take = async ({ next, changes }: ControlPlan): Promise<readonly []> => {
    readers.handleConfig(next);
    // Whoever follows has the rights of the time at which it came.
    if (changes.length > 0) {
      server.endStreams();
      pages.handleReaders();
    }
    return [];
  };
  const use = {
    down: [],
    isSame: (a: ControlConfig, b: ControlConfig) => isUnchanged(planChanges(a, b)),
    plan: planChanges,
    take,
  };
  const transactions = stack.use(
    new ConfigTransactions<ControlConfig, MeasuredPlan<ControlPlan>>({
      file: resolve(file),
      config,
      load: loadControlConfig,
      parse: parseControlConfig,
      use: withMetrics(use, metrics),
      time,
      log,
    }),
  );
  const status = async (): Promise<RoomsStatus> => ({
    instance: instance.id,
    startedAt: new Date(instance.startedAt).toISOString(),
    version,
    cluster,
    config: await transactions.status(),
    metrics: metrics.status(),
    agent: {
      asOf: api.view === undefined ? null : asOfView(api.view, wall()),
      looks: agent.looks,
      fault: agent.fault ?? null,
    },
    requests: {
      connections: server.connections,
      refused: server.refused,
      streams: server.streams,
      answers: Object.fromEntries(server.answers),
    },
  });
  const admin = stack.use(
    await openStatusSocket<RoomsStatus>({
      path: config.admin,
      status,
      judge: judgeControlFlor,
      metrics: CONTROL_METRICS,
      log,
    }),
  );
  await metrics.start(config.metrics, admin.tellMetrics);
  stack.use(await openControl({ path: config.control, transactions, log }));
  // Whoever asks first is to find something.
  await agent.start();
  await server.start();

  log.info({ code: "READY", version, instance: instance.id, cluster }, "control-flor is ready");
  manager.ready({
    statusLine: () => (agent.fault === undefined ? `${server.connections} connections` : "the agent does not answer"),
    isCarrying: () => true,
  });
  onHangUp(() => void transactions.reload());
  const signal = await stop;
  log.info({ code: "STOPPING", signal }, "control-flor stops");
  manager.stopping("ends its connections");
}
