import { resolve } from "node:path";
import type { MetricsListen } from "@florenetes/config-file";
import type { ProcessTime } from "@florenetes/scheduling";
import type { AdminRoute } from "../admin/admin-server.ts";
import type { ConfigStatus } from "../config/config-status.ts";
import { ConfigTransactions } from "../config/config-transactions.ts";
import type { ConfigPlan, ReadConfig } from "../config/config-use.ts";
import type { ReloadRefusal } from "../config/reload-outcome.ts";
import { createLogger, type Logger } from "../logs/logger.ts";
import { MetricsEndpoint, type MetricsStatus } from "../metrics/metrics-endpoint.ts";
import { type MeasuredPlan, withMetrics } from "../metrics/metrics-use.ts";
import { openStatusSocket, type StatusSocketOptions } from "../metrics/status-socket.ts";
import { openControl } from "../process/control.ts";
import { catchHangUps } from "../process/hang-ups.ts";
import { untilSignal } from "../process/run-program.ts";
import { serviceManager } from "../process/service-manager.ts";

/** The keys that the config of each service has. */
interface ServiceConfig extends ReadConfig {
  readonly cluster: string;
  /** Path of the admin socket. */
  readonly admin: string;
  /** Path of the control socket. */
  readonly control: string;
  readonly metrics?: MetricsListen | undefined;
}

/** The part of a status that all services tell alike. */
interface ServiceStatus {
  readonly instance: string;
  readonly startedAt: string;
  readonly version: string;
  readonly cluster: string;
  readonly config: ConfigStatus;
  readonly metrics: MetricsStatus | null;
}

/** A service's own work. Its process disposes of it at the end, whatever has happened. */
export interface ServiceWork<Plan, Own> extends AsyncDisposable {
  start(): Promise<void>;
  /** Goes by another config from now on. */
  handleConfig(plan: Plan): void;
  /** Reads the files again that the config names. Resolves with the refusals. Absent: nothing is read again. */
  reread?(): Promise<readonly ReloadRefusal[]>;
  /** Its own part of the status. */
  status(): Own;
  /** For people who look at the service. */
  statusLine(): string;
  /** Questions that it answers at the admin socket beside those of each service. Absent: there are none. */
  readonly routes?: Readonly<Record<string, AdminRoute>>;
  /** Resolves with an error that ends the process. Absent: there is none. */
  readonly lost?: Promise<Error>;
  /** Ends the work in order when the process is told to stop. Absent: disposal does. */
  stop?(): Promise<void>;
}

export interface ServiceOptions<Config extends ServiceConfig, Plan extends ConfigPlan, Own> {
  /** The name of the program. */
  readonly name: string;
  readonly version: string;
  /** This life of the process. */
  readonly instance: { readonly id: string; readonly startedAt: number };
  readonly config: Config;
  /** The config file. */
  readonly file: string;
  readonly load: (file: string) => Promise<Config>;
  readonly parse: (text: string, file: string) => Config;
  readonly plan: (inForce: Config, next: Config) => Plan;
  readonly isUnchanged: (plan: Plan) => boolean;
  readonly judge: StatusSocketOptions<ServiceStatus & Own>["judge"];
  readonly metrics: StatusSocketOptions<ServiceStatus & Own>["metrics"];
  /** Makes the work; it has not begun yet. */
  readonly work: (log: Logger) => ServiceWork<Plan, Own>;
  /** Says that the work ends, as `ends its connections`. */
  readonly stopping: string;
  readonly time: ProcessTime;
}

/**
 * Runs a service until SIGTERM, SIGINT, or until its work is lost: its log, its sockets for status, metrics and control, and its config, which it takes anew at
 * SIGHUP. Rejects with the error that has ended it.
 */
export async function runService<Config extends ServiceConfig, Plan extends ConfigPlan, Own>(
  options: ServiceOptions<Config, Plan, Own>,
): Promise<void> {
  const { name, version, instance, config, file, load, parse, plan, isUnchanged, judge, time } = options;
  const { cluster } = config;
  const stop = untilSignal("SIGTERM", "SIGINT");
  const onHangUp = catchHangUps();
  const manager = serviceManager();
  const log = createLogger({ name });

  await using stack = new AsyncDisposableStack();
  const work = stack.use(options.work(log));
  const metrics = stack.use(new MetricsEndpoint({ time, log }));
  const reread = async (): Promise<readonly ReloadRefusal[]> => (await work.reread?.()) ?? [];
  const use = {
    down: [],
    isSame: (a: Config, b: Config) => isUnchanged(plan(a, b)),
    plan,
    reread,
    readIdentities: reread,
    take: async (next: Plan): Promise<readonly []> => {
      work.handleConfig(next);
      return [];
    },
  };
  const transactions = stack.use(
    new ConfigTransactions<Config, MeasuredPlan<Plan>>({
      file: resolve(file),
      config,
      load,
      parse,
      use: withMetrics(use, metrics),
      time,
      log,
    }),
  );
  const status = async (): Promise<ServiceStatus & Own> => ({
    instance: instance.id,
    startedAt: new Date(instance.startedAt).toISOString(),
    version,
    cluster,
    config: await transactions.status(),
    metrics: metrics.status(),
    ...work.status(),
  });
  const admin = stack.use(
    await openStatusSocket({ path: config.admin, status, judge, metrics: options.metrics, routes: work.routes, log }),
  );
  await metrics.start(config.metrics, admin.tellMetrics);
  stack.use(await openControl({ path: config.control, transactions, log }));
  await work.start();

  log.info({ code: "READY", version, instance: instance.id, cluster }, `${name} is ready`);
  manager.ready({ statusLine: () => work.statusLine(), isCarrying: () => true });
  onHangUp(() => void transactions.reload());
  const ended = await (work.lost === undefined ? stop : Promise.race([stop, work.lost]));
  if (ended instanceof Error) throw ended;
  log.info({ code: "STOPPING", signal: ended }, `${name} stops`);
  manager.stopping(options.stopping);
  await work.stop?.();
}
