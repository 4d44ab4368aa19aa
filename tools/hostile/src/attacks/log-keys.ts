import { openCa } from "@florenetes/identity";
import type { ProcessName } from "@florenetes/meshlab";
import type { Attack, Check } from "../attack.ts";
import { now } from "../clock.ts";
import { courseOf } from "../course.ts";
import { eventually } from "../eventually.ts";
import type { Ground } from "../ground.ts";
import { service, TUNNEL_PORT, USUAL_MESH } from "../mesh.ts";
import { routeToAttacker } from "../route.ts";

/** Packets to it vanish: who connects there waits. */
const NOWHERE = "192.0.2.0/24";
/** Of a log, as docs/errors.md has it: kinds of one source, those beyond them together, and the lines of each. */
const KINDS_MAX = 24 + 1;
const LINES_AT_ONCE = 5;
const LINE_EARNED_MS = 10_000;

type Entry = Readonly<Record<string, string>>;

interface Log {
  readonly process: ProcessName;
  readonly isAttackers: (entry: Entry) => boolean;
  /** Of what happens to somebody else when the attack is over. */
  readonly isOthers: (entry: Entry) => boolean;
}

const LOGS: readonly Log[] = [
  {
    process: "cluster-flor",
    isAttackers: ({ service: name }) => name === "stuck",
    isOthers: ({ code, service: name }) => code === "STREAM_REFUSED" && name === "down",
  },
  {
    process: "link-flor",
    isAttackers: ({ code, peer }) => code === "SESSION_REFUSED" && peer === "m",
    isOthers: ({ code, peer }) => code === "SESSION_REFUSED" && peer === "other",
  },
];

export const logKeys: Attack = {
  name: "log-keys",
  by: "user",
  description:
    "Ends connections, and sessions of links, each with a code that no other has, while a stream of its waits: each could be another kind of line, " +
    "until the table of the limited lines is full and nobody's are written any more.",
  held: "what happens to others afterwards is in the logs of both processes, and the lines about the attacker are bounded.",
  mesh: {
    ...USUAL_MESH,
    services: { ...USUAL_MESH.services, stuck: { ...service("v", 1), target: "tcp://192.0.2.1:1" } },
    tunnels: [
      ...USUAL_MESH.tunnels!,
      { node: "a", listen: `tcp://127.0.0.1:${TUNNEL_PORT + 1}`, as: "user/bob", service: "down", path: ["a", "v"] },
    ],
  },
  run: async (ground, { isShort }) => {
    await routeToAttacker(ground, NOWHERE, ["blackhole", NOWHERE]);
    const folder = ground.lab.identityFolder("m", "other");
    openCa(ground.lab.caFolder).issueInto(folder, { kind: "vertex", name: "other", days: 1 });
    const start = now();
    const strike = await ground.strike("log_keys", { connections: isShort ? 400 : 1_000, sessions: 40 });
    const linesMax = KINDS_MAX * (LINES_AT_ONCE + Math.ceil((now() - start) / LINE_EARNED_MS));
    const bob = ground.startHonest(TUNNEL_PORT + 1);
    const checks: Check[] = [];
    for (const { process, isAttackers, isOthers } of LOGS) {
      const isTold = await eventually(async () => (await entries(ground, process)).some(isOthers));
      const lines = (await entries(ground, process)).filter(isAttackers).length;
      checks.push({
        isHeld: isTold && lines > 0 && lines <= linesMax,
        text: `${process} wrote ${lines} lines about it (at most ${linesMax}), and ${isTold ? "one" : "none"} about another afterwards`,
      });
    }
    bob.stop();
    return courseOf(strike, ...checks);
  },
};

async function entries(ground: Ground, process: ProcessName): Promise<readonly Entry[]> {
  const lines = (await ground.lab.logs("v", process)).split("\n").filter((line) => /^\{.*\}$/.test(line));
  return lines.map((line) => JSON.parse(line) as Entry);
}
