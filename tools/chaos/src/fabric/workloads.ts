import type { Workload } from "../workload.ts";
import { answers } from "../workloads/answers.ts";
import { datagrams } from "../workloads/datagrams.ts";
import { iperf } from "../workloads/iperf.ts";
import { sessions } from "../workloads/sessions.ts";
import { ssh } from "../workloads/ssh.ts";
import { steady } from "../workloads/steady.ts";

/** Programs that find their services by name. */
export const FABRIC_WORKLOADS: readonly Workload[] = [
  steady("leased", "a", { target: 9_001, listen: 18_001 }, "pdu"),
  steady("leased", "b", { target: 9_002, listen: 18_002 }, "p"),
  answers("a"),
  datagrams("leased", { target: 9_011, listen: 18_011 }),
  sessions("leased"),
  iperf("leased"),
  ssh("leased"),
];
