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
  type ReloadRefusal,
  serviceManager,
  untilSignal,
  withMetrics,
} from "@florenetes/process-kit";
import { nodeTime as time } from "@florenetes/scheduling";
import { newInstance } from "@florenetes/wire-values";
import { judgeStoreFlor } from "../admin/judge-status.ts";
import { STORE_METRICS } from "../admin/store-metrics.ts";
import { runStoreProgram } from "../admin/store-program.ts";
import type { RoomsStatus } from "../admin/store-status.ts";
import { isUnchanged, planChanges, type StorePlan } from "../config/config-changes.ts";
import type { StoreConfig } from "../config/store-config.ts";
import { loadStoreConfig, parseStoreConfig } from "../config/store-config-file.ts";
import { checkStoreFlor } from "./check.ts";
import { serviceOf } from "./service-of.ts";

const version = programVersion(new URL("../../package.json", import.meta.url));

runStoreProgram(version, { run, check: checkStoreFlor });

/** Serves until SIGTERM or SIGINT. On SIGHUP it takes the config file anew. */
async function run(config: StoreConfig, file: string): Promise<void> {
  const stop = untilSignal("SIGTERM", "SIGINT");
  const onHangUp = catchHangUps();
  const manager = serviceManager();
  const log = createLogger({ name: "store-flor" });
  const instance = newInstance();
  const { cluster, node } = config;

  await using stack = new AsyncDisposableStack();
  const service = stack.use(serviceOf({ config, time, log }));
  const metrics = stack.use(new MetricsEndpoint({ time, log }));
  const use = {
    down: [],
    isSame: (a: StoreConfig, b: StoreConfig) => isUnchanged(planChanges(a, b)),
    plan: planChanges,
    reread: async (): Promise<readonly ReloadRefusal[]> => service.reread?.() ?? [],
    readIdentities: async (): Promise<readonly []> => [],
    take: async (plan: StorePlan): Promise<readonly []> => {
      service.handleConfig(plan.next);
      return [];
    },
  };
  const transactions = stack.use(
    new ConfigTransactions<StoreConfig, MeasuredPlan<StorePlan>>({
      file: resolve(file),
      config,
      load: loadStoreConfig,
      parse: parseStoreConfig,
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
    node,
    config: await transactions.status(),
    metrics: metrics.status(),
    ...service.status(),
  });
  const admin = stack.use(
    await openStatusSocket<RoomsStatus>({
      path: config.admin,
      status,
      judge: judgeStoreFlor,
      metrics: STORE_METRICS,
      log,
    }),
  );
  await metrics.start(config.metrics, admin.tellMetrics);
  stack.use(await openControl({ path: config.control, transactions, log }));
  await service.start();

  log.info({ code: "READY", version, instance: instance.id, cluster }, "store-flor is ready");
  manager.ready({
    statusLine: () => service.statusLine(),
    isCarrying: () => true,
  });
  onHangUp(() => void transactions.reload());
  const signal = await stop;
  log.info({ code: "STOPPING", signal }, "store-flor stops");
  manager.stopping("ends its connections");
}
