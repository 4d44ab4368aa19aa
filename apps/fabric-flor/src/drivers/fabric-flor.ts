import { resolve } from "node:path";
import { formatOperatorError, OperatorError } from "@florenetes/operator-text";
import {
  catchHangUps,
  ConfigTransactions,
  createLogger,
  type Logger,
  type MeasuredPlan,
  MetricsEndpoint,
  openControl,
  programVersion,
  serviceManager,
  untilSignal,
  withMetrics,
} from "@florenetes/process-kit";
import { nodeTime as time } from "@florenetes/scheduling";
import { newInstance } from "@florenetes/wire-values";
import { agentStatus } from "../admin/agent-status.ts";
import { type ControlApi, openControlApi } from "../admin/control-api.ts";
import { budgetQuestions } from "../admin/budget-questions.ts";
import { collectionQuestions } from "../admin/collection-questions.ts";
import { telemetryStatus } from "../admin/telemetry-status.ts";
import { fleetQuestions } from "../admin/fleet-questions.ts";
import { pieceQuestions } from "../admin/piece-questions.ts";
import { ToldHolders } from "../admin/told-holders.ts";
import { ToldStorage } from "../admin/told-storage.ts";
import { usageQuestions } from "../admin/usage-questions.ts";
import { misuseQuestions } from "../admin/misuse-questions.ts";
import { deviceStatus } from "../admin/device-status.ts";
import { digestQuestions } from "../admin/digest-questions.ts";
import { factQuestions } from "../admin/fact-questions.ts";
import { inspectOrders } from "../admin/inspect-orders.ts";
import { joinOrders, ownJoin } from "../admin/join-orders.ts";
import { leaseQuestions } from "../admin/lease-questions.ts";
import { letterOrders, type LetterPost, letterQuestions } from "../admin/letter-orders.ts";
import { logQuestions } from "../admin/log-questions.ts";
import { nodeQuestions } from "../admin/node-questions.ts";
import { reportQuestions } from "../admin/report-questions.ts";
import { orderQuestions } from "../admin/order-questions.ts";
import { releaseQuestions } from "../admin/release-questions.ts";
import { routeQuestions } from "../admin/route-questions.ts";
import { scoreQuestions } from "../admin/score-questions.ts";
import { openFabricAdmin } from "../admin/fabric-admin.ts";
import { runFabricProgram } from "../admin/fabric-program.ts";
import { recordOrders, SHARED_RECORDS_MAX } from "../admin/record-orders.ts";
import { refuseUnsigned } from "../admin/unsigned-change.ts";
import type { Moment } from "../agent/moment.ts";
import { leavingRecords } from "../agent/releases/compat.ts";
import { softwareOf } from "../agent/program-profile.ts";
import { type FabricPlan, isUnchanged, planChanges } from "../config/config-changes.ts";
import type { FabricConfig } from "../config/fabric-config.ts";
import { loadFabricConfig, parseFabricConfig } from "../config/fabric-config-file.ts";
import { openNodeKey } from "../config/node-key.ts";
import { readRootFile } from "../config/root-file.ts";
import { readSeedsFile } from "../config/seeds-file.ts";
import { TokenUsesFile } from "../config/token-uses-file.ts";
import { OtlpMetrics } from "./otlp-metrics.ts";
import { AgentDriver } from "./agent-driver.ts";
import { KeptFiles } from "./kept-files.ts";
import { checkpointKeyOf } from "./log-driver.ts";

const version = programVersion(new URL("../../package.json", import.meta.url));

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
  const files = stack.use(new KeptFiles(config.state, { cluster, node }));
  if (files.isNew)
    log.info({ code: "RECORDS_NEW" }, "there is no file of records yet: it is made, and neighbours fill it");
  const { signer, store, state } = config;
  const signerKey = signer === undefined ? undefined : (await import("../config/signer-key.ts")).openSignerKey(signer);
  const uses = new TokenUsesFile(state, cluster);
  const keys = [checkpointKeyOf(key), ...(signerKey === undefined ? [] : [signerKey])];
  const { partition, store: leaders } = config.coordinator ?? {};
  const leaderStore = partition === undefined || leaders === undefined ? undefined : { partition, config: leaders };
  const driver = stack.use(
    new AgentDriver({
      ...config,
      key,
      life: instance,
      software: softwareOf(version),
      files,
      time,
      log,
      logCopy: { state, store, keys },
      leaderStore,
      signer: signerKey === undefined ? undefined : { ...signerKey, rules: signer!.rules, uses },
    }),
  );
  let running = config;
  takeFiles(config, driver, log);
  const take = async ({ next }: FabricPlan): Promise<readonly []> => {
    await driver.reconfigure(next.door, next.sessions, next.ways);
    if (JSON.stringify(next.store) !== JSON.stringify(running.store)) await driver.moveLog(next.store);
    running = next;
    takeFiles(next, driver, log);
    return [];
  };
  const metrics = stack.use(new MetricsEndpoint({ time, log }));
  const use = {
    down: [],
    isSame: (a: FabricConfig, b: FabricConfig) => isUnchanged(planChanges(a, b)),
    plan: planChanges,
    take,
  };
  const transactions = stack.use(
    new ConfigTransactions<FabricConfig, MeasuredPlan<FabricPlan>>({
      file: resolve(file),
      config,
      load: loadFabricConfig,
      parse: parseFabricConfig,
      use: withMetrics(use, metrics),
      time,
      log,
    }),
  );
  const wallClock = (): number => time.wallClock().getTime();
  const at = (): Moment => ({ now: time.now(), wall: wallClock() });
  const status = async () => ({
    instance: instance.id,
    startedAt: new Date(instance.startedAt).toISOString(),
    version,
    cluster,
    node,
    key: key.key,
    config: await transactions.status(),
    writes: files.fault ?? null,
    metrics: metrics.status(),
    ...driverStatus(driver, at()),
  });
  const api = controlApi(driver, config, wallClock);
  const inspect = inspectOrders({ cluster, bookOf: () => driver.agent.book, wallClock });
  const own = { ...ownJoin({ cluster, node, key, wallClock }), ...letterOrders(postOf(driver)) };
  const actions = { ...api.actions, ...inspect, ...own };
  const routes = { ...api.routes, ...ownQuestions(driver, { ...config, databaseId: files.databaseId }, at) };
  const admin = stack.use(await openFabricAdmin({ path: config.admin, status, ...api, routes, actions, log }));
  await metrics.start(config.metrics, admin.tellMetrics);
  stack.use(otlpMetrics(driver, config, at, log));
  stack.use(await openControl({ path: config.control, transactions, actions, log }));
  if (config.api !== undefined)
    stack.use(
      await openControlApi({
        ...controlApi(driver, config, wallClock, SHARED_RECORDS_MAX),
        path: config.api,
        now: () => time.now(),
        log,
      }),
    );
  await driver.start(config.listen);

  log.info({ code: "READY", version, instance: instance.id, cluster, node, key: key.key }, "fabric-flor is ready");
  manager.ready({ statusLine: () => statusLine(driver), isCarrying: () => true });
  onHangUp(() => void transactions.reload());
  log.info({ code: "STOPPING", signal: await stop }, "fabric-flor stops");
  manager.stopping("ends its streams");
}

/** Sends metrics to a collector, where the config names one. */
function otlpMetrics(
  { agent }: AgentDriver,
  { cluster, node, otlpMetrics: config }: FabricConfig,
  at: () => Moment,
  log: Logger,
): Disposable | undefined {
  if (config === undefined) return undefined;
  const sums = () => telemetryStatus(agent, at()).observer;
  const sender = new OtlpMetrics({ config, source: { cluster, node, version }, sums, wallClock: () => at().wall, log });
  sender.start();
  return sender;
}

function driverStatus({ agent, device }: AgentDriver, at: Moment) {
  return { device: deviceStatus(agent.device, device.source), ...agentStatus(agent, at) };
}

/** Questions of the admin socket alone: they name who uses what, how nodes are, and what the log has of all organizations. */
function ownQuestions(
  driver: AgentDriver,
  { cluster, node, databaseId }: Pick<FabricConfig, "cluster" | "node"> & { readonly databaseId: string },
  at: () => Moment,
): ControlApi["routes"] {
  const { agent } = driver;
  const storage = new ToldStorage();
  const holders = new ToldHolders();
  return {
    ...letterQuestions(postOf(driver)),
    ...leaseQuestions(agent, node, at),
    ...routeQuestions(agent, node, at),
    ...reportQuestions(agent, node, at),
    ...budgetQuestions(agent, node, at, storage),
    ...usageQuestions(agent, node),
    ...fleetQuestions(agent, cluster, at),
    ...misuseQuestions(agent, node, at),
    ...releaseQuestions(agent, at),
    ...orderQuestions(agent, at),
    ...collectionQuestions(
      { cluster, node, records: agent.records },
      () => at().wall,
      ({ held, challenged }) => {
        storage.handleTold(held, at().now);
        holders.handleTold(challenged, at().now);
      },
    ),
    "/holders": () => ({ node, holders: holders.tell(at().now) }),
    ...nodeQuestions(agent, { cluster, databaseId }, at),
    ...scoreQuestions(agent, node, at),
    ...logQuestions({
      cluster,
      stateOf: () => agent.log,
      read: (from, count) => driver.readLog(from, count),
      bookOf: () => agent.book,
      now: () => at().now,
      wallClock: () => at().wall,
    }),
    ...pieceQuestions({
      cluster,
      node,
      log: () => agent.log,
      read: (from, count) => driver.readLog(from, count),
      posts: (keyIds) => driver.readPosts(keyIds),
      usage: agent.usage,
      wallClock: () => at().wall,
    }),
  };
}

function postOf({ letters }: AgentDriver): LetterPost {
  return {
    send: (to, body) => letters.send(to, body),
    receive: (waitMs) => letters.receive(waitMs),
    answer: (number, answer) => letters.answer(number, answer),
  };
}

/** The questions that anybody may ask an agent, and the records and joins that anybody may hand in. */
function controlApi(
  driver: AgentDriver,
  { cluster, node }: Pick<FabricConfig, "cluster" | "node">,
  wallClock: () => number,
  atOnceMax?: number,
): ControlApi {
  const { records } = driver.agent;
  const bookOf = () => driver.agent.book;
  return {
    routes: { ...factQuestions(records, wallClock), ...digestQuestions({ cluster, node, records }, wallClock) },
    actions: {
      ...recordOrders({
        hand: (records) => driver.handleRecords(records),
        cluster,
        bookOf,
        wallClock,
        leaving: (records) => leavingRecords(records, cluster, () => driver.agent.livingContracts(wallClock())),
        ...(atOnceMax !== undefined && { atOnceMax }),
      }),
      ...joinOrders((join) => driver.handleJoin(join)),
    },
    refuseChange: () => refuseUnsigned(bookOf()),
  };
}

/** Hands in the records of files that the config names: the root descriptor while there is none, and the seeds. */
function takeFiles(config: FabricConfig, driver: AgentDriver, log: Logger): void {
  const now = time.wallClock().getTime();
  if (driver.agent.book === undefined)
    takeFile("ROOT_FILE_REFUSED", driver, log, () =>
      [readRootFile(config, now)].filter((octets) => octets !== undefined),
    );
  takeFile("SEEDS_FILE_REFUSED", driver, log, () => readSeedsFile(config, now));
}

function takeFile(code: string, driver: AgentDriver, log: Logger, read: () => readonly Uint8Array[]): void {
  try {
    const records = read();
    if (records.length > 0) driver.handleRecords(records);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    log.warn({ code, reason: error.code }, formatOperatorError(error));
  }
}

function statusLine({ agent }: AgentDriver): string {
  const read = [...agent.feeds.neighbours].filter(({ isGreeted }) => isGreeted).length;
  return `${agent.book?.size ?? 0} records, ${read} neighbours are read`;
}
