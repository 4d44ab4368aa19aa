import { resolve } from "node:path";
import {
  catchHangUps,
  ConfigTransactions,
  createLogger,
  type MeasuredPlan,
  MetricsEndpoint,
  openControl,
  openStatusSocket,
  programVersion,
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
import { type ControlPlan, isUnchanged, planChanges } from "../config/config-changes.ts";
import type { ControlConfig } from "../config/control-config.ts";
import { loadControlConfig, parseControlConfig } from "../config/control-config-file.ts";
import { checkControlFlor } from "./check.ts";
import { Replica } from "./replica.ts";

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
  const replica = stack.use(new Replica({ config, version, time, log }));
  const metrics = stack.use(new MetricsEndpoint({ time, log }));
  const use = {
    down: [],
    isSame: (a: ControlConfig, b: ControlConfig) => isUnchanged(planChanges(a, b)),
    plan: planChanges,
    reread: () => replica.reread(),
    readIdentities: () => replica.reread(),
    take: async (plan: ControlPlan): Promise<readonly []> => {
      replica.handleConfig(plan);
      return [];
    },
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
    ...replica.status(),
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
  await replica.start();

  log.info({ code: "READY", version, instance: instance.id, cluster }, "control-flor is ready");
  manager.ready({
    statusLine: () => replica.statusLine(),
    isCarrying: () => true,
  });
  onHangUp(() => void transactions.reload());
  const signal = await stop;
  log.info({ code: "STOPPING", signal }, "control-flor stops");
  manager.stopping("ends its connections");
}
