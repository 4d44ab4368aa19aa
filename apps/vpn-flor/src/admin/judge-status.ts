import { fault, type Finding, warning } from "@florenetes/operator-text";
import { configFindings, findingsAbout, metricsFindings, type StatusFinding } from "@florenetes/process-kit";
import { VPN_MACHINE_ERRORS } from "../machine/machine-errors.ts";
import type { VpnFlorStatus } from "./vpn-status.ts";

/** Says what is wrong, and what to do about it. Pure. */
export function judgeVpnFlor({
  config,
  metrics,
  pool,
  up,
  egress,
}: Omit<VpnFlorStatus, "findings">): readonly StatusFinding[] {
  return [
    ...findingsAbout("config", configFindings(config)),
    ...findingsAbout("part", metricsFindings(metrics)),
    ...findingsAbout("vpn", [
      ...(up === null ? [] : upFindings(pool, up)),
      ...(egress === null ? [] : egressFindings(pool, egress)),
    ]),
  ];
}

/** Advice by the code of a session's end, where there is more to say than that somebody should look. */
const ADVICE: Readonly<Record<string, string>> = {
  SUPERSEDED: "Another machine uses the same identity: give each its own.",
  ADDRESSES: "Ask who runs the pool, or add the networks of its addresses to `up.addresses`.",
  NOT_ALLOWED: "Have this machine's principal put on the list `allow` of the pool's service.",
  UNKNOWN_SERVICE: "See whether the socket of data sessions has the service `vpn-egress.<pool>`.",
  ENOENT: "See whether cluster-flor runs, and has the socket that `up.session` names.",
  ECONNREFUSED: "See whether cluster-flor runs, and has the socket that `up.session` names.",
};

function* upFindings(pool: string, up: NonNullable<VpnFlorStatus["up"]>): Generator<Finding> {
  if (up.dnsFault !== null) {
    yield warning(`names are resolved past the VPN: ${up.dnsFault}`, VPN_MACHINE_ERRORS.ERR_VPN_RESOLVER.advice);
  }
  if (up.isUp) return;
  const { lastEnd, tried } = up.sessions;
  const why = lastEnd === null ? "none has answered yet" : `the last session ended as ${lastEnd}`;
  const advice =
    (lastEnd === null ? undefined : ADVICE[lastEnd]) ?? "See `cluster-flor status` for the way to the pool's service.";
  yield fault(`no egress of the pool ${pool} is connected: ${why} (${tried} tried)`, advice);
}

function* egressFindings(pool: string, egress: NonNullable<VpnFlorStatus["egress"]>): Generator<Finding> {
  if (egress.world !== null && egress.world.isThere !== true) {
    const state = egress.world.losses === 0 ? "has answered yet" : "answers any more";
    yield fault(
      `the egress of the pool ${pool} takes no clients: none of the addresses of \`egress.probe\` ${state}`,
      "Try one from this machine (`nc -zv ADDRESS PORT`): where it opens, the unit's `IPAddressAllow=` lacks it; where it does not, mend the machine's way out, or name addresses at which a program listens.",
    );
  }
  if (egress.clients < egress.clientsMax) return;
  yield warning(
    `the egress of the pool ${pool} has as many clients as it takes: ${egress.clientsMax}`,
    "Raise `egress.clients`, or add an egress to the pool.",
  );
}
