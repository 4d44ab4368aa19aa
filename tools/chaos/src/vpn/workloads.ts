import { CLIENT, EXITS, NAMED, SERVICE, WEB_PORT } from "./terrain.ts";
import { WORLD } from "@florenetes/meshlab";
import type { Workload } from "../workload.ts";
import { downloadFrom } from "../workloads/download.ts";
import { iperfBetween } from "../workloads/iperf.ts";
import { rsyncTo } from "../workloads/rsync.ts";
import { sshTo } from "../workloads/ssh.ts";
import { steadyBetween } from "../workloads/steady.ts";
import { http3 } from "./http3.ts";
import { mosh } from "./mosh.ts";
import { names } from "./names.ts";
import { remoteDesktop } from "./remote-desktop.ts";
import { requests } from "./requests.ts";
import { AS_USER } from "./user.ts";
import { wireguard } from "./wireguard.ts";

const routes = [{ service: SERVICE, target: "", way: "leased" }] as const;
/** Connections behind NAT end with the exit that has carried them. */
const translated = { ends: [CLIENT, ...EXITS], routes, as: AS_USER };
/** Connections to the network without NAT live through the death of an exit. While the kill switch is shut, none can be begun. */
const named = { ends: [CLIENT], routes, as: AS_USER };

/** Programs that know nothing of the VPN. */
export const VPN_WORKLOADS: readonly Workload[] = [
  requests(`http://${WORLD.v4}:${WEB_PORT}/`, translated),
  steadyOf("steady, NAT", translated, { host: WORLD.v6, port: 9_001 }, "p"),
  steadyOf("steady, named", { ...named, ends: [] }, { host: NAMED.v4, port: 9_002 }, "pdu"),
  // A download sends nothing by itself: the question whether its other end lives is answered by the reset.
  downloadFrom({ ...translated, host: WORLD.v4, ...sameAt(8_080), options: ["--keepalive-time", "2"] }),
  names(WORLD.v4, translated),
  iperfOf("iperf3, TCP", { host: NAMED.v4, port: 5_201 }, []),
  iperfOf("iperf3, UDP", { host: NAMED.v6, port: 5_202 }, ["--udp"]),
  sshTo({ ...named, host: NAMED.v4, ...sameAt(2_222) }),
  rsyncTo({ ...named, host: NAMED.v4, ...sameAt(8_730) }),
  http3(NAMED.v4, named),
  remoteDesktop(NAMED.v4, { ...named, ends: [] }),
  // Both know their other end by keys, and go on behind NAT from whatever address it has.
  mosh(WORLD.v4, { ...translated, ends: [] }),
  wireguard(WORLD.v4, translated),
];

function steadyOf(
  name: string,
  kind: Pick<typeof named, "routes" | "as"> & { readonly ends: readonly string[] },
  place: { host: string; port: number },
  modes: string,
): Workload {
  const label = name.split(", ")[1]!;
  return steadyBetween({ ...kind, label, node: CLIENT, target: place, listen: place, modes });
}

function iperfOf(name: string, place: { host: string; port: number }, options: readonly string[]): Workload {
  return iperfBetween({ ...named, name, target: place, listen: place, options });
}

function sameAt(port: number): { readonly target: number; readonly listen: number } {
  return { target: port, listen: port };
}
