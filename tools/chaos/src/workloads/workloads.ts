import type { Workload } from "../workload.ts";
import { datagrams } from "./datagrams.ts";
import { download } from "./download.ts";
import { git } from "./git.ts";
import { mqtt } from "./mqtt.ts";
import { postgres } from "./postgres.ts";
import { redis } from "./redis.ts";
import { rsync } from "./rsync.ts";
import { sessions } from "./sessions.ts";
import { steady } from "./steady.ts";

export const WORKLOADS: readonly Workload[] = [
  steady("upper", "a", { target: 9_001, listen: 18_001 }, "pu"),
  steady("lower", "a", { target: 9_002, listen: 18_002 }, "pd"),
  steady("nat", "n", { target: 9_003, listen: 18_003 }, "p"),
  postgres,
  redis,
  rsync,
  git,
  mqtt,
  download,
  datagrams("upper", { target: 9_011, listen: 18_011 }),
  datagrams("lower", { target: 9_012, listen: 18_012 }),
  sessions("lower"),
];
