import { type Aim, atLeast, atMost, type Found, median, millisecondsOf } from "../aim.ts";
import { resultsIn } from "../run.ts";
import type { SystemResult } from "../system-result.ts";

/** A VPN beside nebula: throughput, CPU time; beside a UDP tunnel of the mesh: CPU time of a datagram; beside both peers: round trips beside bulk. */
const VPN_SHARE_MIN = 1.2;
const VPN_CPU_TIMES_MAX = 0.7;
const VPN_DATAGRAM_TIMES_MAX = 2;
const VPN_BESIDE_TIMES_MAX = 0.2;

/** Compares the VPN with nebula, which goes over one link less, with wireguard-go, and with the mesh's own UDP tunnel. */
export function vpnAims(run: Found): Aim[] {
  const find = (wanted: string, isSlow: boolean): SystemResult | undefined =>
    resultsIn(run, "vpn").find(({ key, place }) => key === wanted && (place.badWire !== undefined) === isSlow);
  const [vpn, slow, nebula] = [find("vpn-flor", false), find("vpn-flor", true), find("nebula-vpn", false)];
  const datagram = "CPU s per million datagrams, 100";
  const tunnel = median(find("florenetes", false), datagram);
  const aims = ([1, 8] as const).flatMap((streams) => {
    const [rate, cpu] = [`Mbit/s, ${streams}`, `CPU s per GB, ${streams}`] as const;
    const [rates, costs] = [median(nebula, rate), median(nebula, cpu)];
    return [
      ...atLeast(
        `VPN, ${rate}`,
        "Mbit/s",
        median(vpn, rate),
        rates && VPN_SHARE_MIN * rates,
        `${VPN_SHARE_MIN} times nebula's`,
      ),
      ...atMost(
        `VPN, ${cpu}`,
        "s/GB",
        median(vpn, cpu),
        costs && VPN_CPU_TIMES_MAX * costs,
        `${VPN_CPU_TIMES_MAX} times nebula's`,
      ),
    ];
  });
  const limit = tunnel && VPN_DATAGRAM_TIMES_MAX * tunnel;
  aims.push(
    ...atMost(
      `VPN, ${datagram} Mbit/s`,
      "s",
      median(vpn, datagram),
      limit,
      `${VPN_DATAGRAM_TIMES_MAX} times a UDP tunnel's`,
    ),
  );
  const besideOf = (result?: SystemResult): number | undefined =>
    result && millisecondsOf(result, "beside 8 streams, p99");
  const trip = besideOf(slow);
  for (const peer of ["nebula-vpn", "wireguard-go"]) {
    const beside = besideOf(find(peer, true));
    aims.push(
      ...atMost(
        "VPN, round trip p99 beside 8 streams",
        "ms",
        trip,
        beside && VPN_BESIDE_TIMES_MAX * beside,
        `${VPN_BESIDE_TIMES_MAX} times that of ${peer}`,
      ),
    );
  }
  return aims;
}
