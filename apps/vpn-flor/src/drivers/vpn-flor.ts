import { resolve } from "node:path";
import {
  catchHangUps,
  ConfigTransactions,
  createLogger,
  type Logger,
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
import { judgeVpnFlor } from "../admin/judge-status.ts";
import { runVpnProgram } from "../admin/vpn-program.ts";
import { VPN_METRICS } from "../admin/vpn-metrics.ts";
import type { RoomsStatus } from "../admin/vpn-status.ts";
import { isUnchanged, planChanges, type VpnPlan } from "../config/config-changes.ts";
import type { VpnConfig } from "../config/vpn-config.ts";
import { loadVpnConfig, parseVpnConfig } from "../config/vpn-config-file.ts";
import { PacketClasses } from "../packets/traffic-classes.ts";
import { checkVpnFlor } from "./check.ts";
import { ClientMachine } from "./client-machine.ts";
import { egressStatus, upStatus } from "./end-status.ts";
import { EgressMachine } from "./egress-machine.ts";
import { listPools } from "./list-pools.ts";
import { VpnClient } from "./vpn-client.ts";
import { VpnEgress } from "./vpn-egress.ts";

const version = programVersion(new URL("../../package.json", import.meta.url));

runVpnProgram(version, { run, check: checkVpnFlor, clear, listPools });

/** An end of a VPN, with the part of the status that is its own. */
interface End {
  start(): Promise<void>;
  /** Ends sessions and device, and takes back what was changed on the machine. */
  stop(): Promise<void>;
  /** Ends sessions and device alone: after a fault, a kill switch has to hold. */
  close(): void | Promise<void>;
  /** Resolves with the error that has taken its device away. */
  readonly lost: Promise<Error>;
  status(): Pick<RoomsStatus, "up" | "egress">;
  /** For people who look at the service. */
  statusLine(): string;
}

/** Serves as the end that its config names, until SIGTERM, SIGINT, or the loss of the device. */
async function run(config: VpnConfig, file: string): Promise<void> {
  const stop = untilSignal("SIGTERM", "SIGINT");
  const onHangUp = catchHangUps();
  const manager = serviceManager();
  const log = createLogger({ name: "vpn-flor" });
  const instance = newInstance();
  const { cluster } = config;

  await using stack = new AsyncDisposableStack();
  const classes = new PacketClasses(config.classes);
  const end = endOf(config, classes, log);
  stack.defer(() => end.close());
  const metrics = stack.use(new MetricsEndpoint({ time, log }));
  const use = {
    down: [],
    isSame: (a: VpnConfig, b: VpnConfig) => isUnchanged(planChanges(a, b)),
    plan: planChanges,
    take: async ({ next }: VpnPlan): Promise<readonly []> => {
      classes.handleRules(next.classes);
      return [];
    },
  };
  const transactions = stack.use(
    new ConfigTransactions<VpnConfig, MeasuredPlan<VpnPlan>>({
      file: resolve(file),
      config,
      load: loadVpnConfig,
      parse: parseVpnConfig,
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
    pool: config.end.pool,
    device: config.end.device,
    ...end.status(),
  });
  const admin = stack.use(
    await openStatusSocket<RoomsStatus>({ path: config.admin, status, judge: judgeVpnFlor, metrics: VPN_METRICS, log }),
  );
  await metrics.start(config.metrics, admin.tellMetrics);
  stack.use(await openControl({ path: config.control, transactions, log }));
  await end.start();

  log.info({ code: "READY", version, instance: instance.id, cluster, end: config.end.kind }, "vpn-flor is ready");
  manager.ready({ statusLine: () => end.statusLine(), isCarrying: () => true });
  onHangUp(() => void transactions.reload());
  const ended = await Promise.race([stop, end.lost]);
  if (ended instanceof Error) throw ended;
  log.info({ code: "STOPPING", signal: ended }, "vpn-flor stops");
  manager.stopping("ends its sessions");
  await end.stop();
}

function endOf(config: VpnConfig, classes: PacketClasses, log: Logger): End {
  if (config.end.kind === "up") {
    const machine = new ClientMachine(config.end, (err) =>
      log.warn(
        { code: "VPN_DNS_NOT_SET", err },
        "systemd-resolved has not taken the resolvers: names are resolved as before",
      ),
    );
    const client = new VpnClient({ config: config.end, machine, classes, time, log });
    return {
      start: () => client.start(),
      stop: () => client.stop(),
      close: () => client.close(),
      lost: client.lost.promise,
      status: () => ({ up: upStatus(client, machine), egress: null }),
      statusLine: () => (client.assignment === undefined ? "no session" : "a session is up"),
    };
  }
  const egress = new VpnEgress({ config: config.end, machine: new EgressMachine(config.end), classes, time, log });
  return {
    start: () => egress.start(),
    stop: () => egress.stop(),
    close: () => egress.close(),
    lost: egress.lost.promise,
    status: () => ({ up: null, egress: egressStatus(egress) }),
    statusLine: () =>
      egress.probe === undefined || egress.probe.watch.isThere === true
        ? `${egress.clients.size} clients`
        : "no client is taken: the world behind it is silent",
  };
}

/** Removes from the machine all that a process of this config has left there. */
async function clear({ end }: VpnConfig): Promise<void> {
  await (end.kind === "up" ? new ClientMachine(end) : new EgressMachine(end)).clear();
}
