import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  catchHangUps,
  ConfigTransactions,
  createLogger,
  openControl,
  serviceManager,
  untilSignal,
} from "@florenetes/process-kit";
import { nodeTime as time } from "@florenetes/scheduling";
import { newInstance } from "@florenetes/wire-values";
import { openFabricAdmin } from "../admin/fabric-admin.ts";
import { runFabricProgram } from "../admin/fabric-program.ts";
import { isUnchanged, planChanges } from "../config/config-changes.ts";
import type { FabricConfig } from "../config/fabric-config.ts";
import { loadFabricConfig, parseFabricConfig } from "../config/fabric-config-file.ts";
import { openNodeKey } from "../config/node-key.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

runFabricProgram(version, run);

/** Serves its node until SIGTERM or SIGINT. On SIGHUP it takes the config file anew. */
async function run(config: FabricConfig, file: string): Promise<void> {
  const stop = untilSignal("SIGTERM", "SIGINT");
  const onHangUp = catchHangUps();
  const manager = serviceManager();
  const log = createLogger({ name: "fabric-flor" });
  const instance = newInstance();
  const { cluster, node } = config;

  await using stack = new AsyncDisposableStack();
  const key = openNodeKey(config.state);
  const transactions = stack.use(
    new ConfigTransactions({
      file: resolve(file),
      config,
      load: loadFabricConfig,
      parse: parseFabricConfig,
      use: {
        down: [],
        isSame: (a, b) => isUnchanged(planChanges(a, b)),
        plan: planChanges,
        take: async () => [],
      },
      time,
      log,
    }),
  );
  const startedAt = new Date(instance.startedAt).toISOString();
  const status = async () => ({
    instance: instance.id,
    startedAt,
    version,
    cluster,
    node,
    key: key.key,
    config: await transactions.status(),
  });
  stack.use(await openFabricAdmin({ path: config.admin, status, log }));
  stack.use(await openControl({ path: config.control, transactions, log }));

  log.info({ code: "READY", version, instance: instance.id, cluster, node, key: key.key }, "fabric-flor is ready");
  manager.ready({ statusLine: () => `node ${node} of cluster ${cluster}`, isCarrying: () => true });
  onHangUp(() => void transactions.reload());
  const signal = await stop;
  log.info({ code: "STOPPING", signal }, "fabric-flor stops");
  manager.stopping("ends its streams");
}
