import type { Check } from "../check.ts";
import { ATTACH_CHECKS } from "./checks/attach.ts";
import { CONFIG_CHECKS } from "./checks/config.ts";
import { JUDGE_CHECKS } from "./checks/judge.ts";
import { LIFE_CHECKS } from "./checks/lives.ts";
import { LOAD_CHECKS } from "./checks/load.ts";
import { PACKET_CHECKS } from "./checks/packets.ts";
import { SIGNAL_CHECKS } from "./checks/signals.ts";
import { SIGNATURE_CHECKS } from "./checks/signatures.ts";
import { SOCKET_CHECKS } from "./checks/sockets.ts";
import { STATE_CHECKS } from "./checks/states.ts";
import { TRANSIT_CHECKS } from "./checks/transit.ts";
import { WISH_CHECKS } from "./checks/wishes.ts";
import type { ClusterBench } from "./cluster-bench.ts";

/** All checks of cluster vertices, in the order of the table. */
export const CLUSTER_VERTEX_CHECKS: readonly Check<ClusterBench>[] = [
  ...CONFIG_CHECKS,
  ...SOCKET_CHECKS,
  ...ATTACH_CHECKS,
  ...WISH_CHECKS,
  ...STATE_CHECKS,
  ...PACKET_CHECKS,
  ...LIFE_CHECKS,
  ...JUDGE_CHECKS,
  ...SIGNATURE_CHECKS,
  ...TRANSIT_CHECKS,
  ...SIGNAL_CHECKS,
  ...LOAD_CHECKS,
];
