import { type Logger, programVersion, runService, type ServiceWork } from "@florenetes/process-kit";
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

/** The part of the status that is not that of each service. */
type OwnStatus = Pick<RoomsStatus, "pool" | "device" | "up" | "egress">;

/** Serves as the end that its config names, until SIGTERM, SIGINT, or the loss of the device. */
function run(config: VpnConfig, file: string): Promise<void> {
  return runService({
    name: "vpn-flor",
    version,
    instance: newInstance(),
    config,
    file,
    load: loadVpnConfig,
    parse: parseVpnConfig,
    plan: planChanges,
    isUnchanged,
    judge: judgeVpnFlor,
    metrics: VPN_METRICS,
    work: (log) => endOf(config, log),
    stopping: "ends its sessions",
    time,
  });
}

/** An end of a VPN. A fault closes sessions and device alone: a kill switch has to hold then. Only a stop takes back what was changed on the machine. */
function endOf(config: VpnConfig, log: Logger): ServiceWork<VpnPlan, OwnStatus> {
  const classes = new PacketClasses(config.classes);
  const { end } = config;
  const handleConfig = ({ next }: VpnPlan): void => classes.handleRules(next.classes);
  const own = { pool: end.pool, device: end.device };
  if (end.kind === "up") {
    const machine = new ClientMachine(end, (err) =>
      log.warn(
        { code: "VPN_DNS_NOT_SET", err },
        "systemd-resolved has not taken the resolvers: names are resolved as before",
      ),
    );
    const client = new VpnClient({ config: end, machine, classes, time, log });
    return {
      start: () => client.start(),
      handleConfig,
      stop: () => client.stop(),
      [Symbol.asyncDispose]: async () => client.close(),
      lost: client.lost.promise,
      status: () => ({ ...own, up: upStatus(client, machine), egress: null }),
      statusLine: () => (client.assignment === undefined ? "no session" : "a session is up"),
    };
  }
  const egress = new VpnEgress({ config: end, machine: new EgressMachine(end), classes, time, log });
  return {
    start: () => egress.start(),
    handleConfig,
    stop: () => egress.stop(),
    [Symbol.asyncDispose]: async () => egress.close(),
    lost: egress.lost.promise,
    status: () => ({ ...own, up: null, egress: egressStatus(egress) }),
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
