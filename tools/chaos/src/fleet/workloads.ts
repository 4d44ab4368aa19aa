import type { Workload } from "../workload.ts";
import { answers } from "../workloads/answers.ts";
import { datagrams } from "../workloads/datagrams.ts";
import { sessions } from "../workloads/sessions.ts";
import { ssh } from "../workloads/ssh.ts";
import { steady } from "../workloads/steady.ts";

/** Programs behind routers, which find their services behind other routers by name. */
export const FLEET_WORKLOADS: readonly Workload[] = [
  steady("leased", "a", { target: 9_001, listen: 18_001 }, "pdu"),
  steady("leased", "b", { target: 9_002, listen: 18_002 }, "p"),
  answers("a"),
  datagrams("leased", { target: 9_011, listen: 18_011 }),
  sessions("leased"),
  ssh("leased"),
];
