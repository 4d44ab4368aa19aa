import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openCa } from "@florenetes/identity/authority";
import type { ProcessName } from "@florenetes/meshlab";
import type { Attack, Check } from "../attack.ts";
import { now } from "../clock.ts";
import { courseOf } from "../course.ts";
import { eventually } from "../eventually.ts";
import type { Ground } from "../ground.ts";
import { TUNNEL_PORT, USUAL_MESH } from "../mesh.ts";
import { routeNowhere } from "../route.ts";

/** Lines of each kind that are written at once (docs/operate/errors.md). */
const LINES_AT_ONCE = 5;
const LINE_EARNED_MS = 10_000;
/** Time between bob's requests: so long that bob would get no line if he shared a budget with the attacker. */
const ASKED_EVERY_MS = 5_000;
const LOOK_MS = 50;

/** The services that the attacker uses. */
const HIS: readonly string[] = ["silent", "mute"];

type Entry = Readonly<Record<string, string>>;

interface Log {
  readonly process: ProcessName;
  /** Lines about the attacker that may be written before he has to wait for each further line. */
  readonly linesMax: number;
  readonly isAttackers: (entry: Entry) => boolean;
  /** Whether a line tells of somebody else, to whom something happens meanwhile. */
  readonly isOthers: (entry: Entry) => boolean;
}

const LOGS: readonly Log[] = [
  {
    process: "cluster-flor",
    // Two services have 17 codes each, and one for all others: more kinds than one source has lines at once. Each kind has two lines, and
    // then the limit of the source holds.
    linesMax: 2 * 2 * 18 + LINES_AT_ONCE,
    isAttackers: ({ service: name }) => HIS.includes(name!),
    isOthers: isBobs,
  },
  {
    process: "link-flor",
    // A source has a line of each of 24 kinds, a burst of lines for all kinds beyond them, and a burst for one kind again and again.
    linesMax: 24 + 2 * LINES_AT_ONCE,
    isAttackers: ({ code, peer }) => code === "SESSION_REFUSED" && peer === "m",
    isOthers: ({ code, peer }) => code === "SESSION_REFUSED" && peer === "other",
  },
];

export const logKeys: Attack = {
  name: "log-keys",
  by: "user",
  description:
    "Ends connections to two services, and sessions of links, with as many different codes as it can, while a stream of its waits: each could be " +
    "another kind of line, until the table of the limited lines is full and nobody's are written any more.",
  held: "what happens to others meanwhile is in the logs of both processes, and the lines about the attacker are bounded.",
  mesh: {
    ...USUAL_MESH,
    tunnels: [
      ...USUAL_MESH.tunnels!,
      { node: "a", listen: `tcp://127.0.0.1:${TUNNEL_PORT + 1}`, as: "user/bob", service: "down", path: ["a", "v"] },
    ],
  },
  run: async (ground, { isShort }) => {
    await routeNowhere(ground);
    const folder = ground.lab.identityFolder("m", "other");
    openCa(ground.lab.caFolder).issueInto(folder, { kind: "vertex", name: "other", days: 1 });
    const start = now();
    const [full, until] = ["full", "until"].map((name) => join(ground.lab.folder, name)) as [string, string];
    const options = { connections: isShort ? 200 : 1_000, sessions: 40, full, until };
    const over = new AbortController();
    const striking = ground.strike("log_keys", options).finally(() => over.abort());
    striking.catch(() => undefined); // the strike is awaited later
    while (!existsSync(full) && !over.signal.aborted) await sleep(LOOK_MS);
    const bob = ground.startHonest(TUNNEL_PORT + 1, ASKED_EVERY_MS);
    await eventually(async () => (await entries(ground, "cluster-flor")).some(isBobs));
    bob.stop();
    writeFileSync(until, "");
    const strike = await striking;
    const checks: Check[] = [];
    for (const { process, linesMax, isAttackers, isOthers } of LOGS) {
      const isTold = await eventually(async () =>
        (await entries(ground, process)).some((entry) => isOthers(entry) && isWhole(entry)),
      );
      const lines = (await entries(ground, process)).filter(isAttackers).length;
      const max = linesMax + Math.ceil((now() - start) / LINE_EARNED_MS);
      checks.push({
        isHeld: isTold && lines > 0 && lines <= max,
        text: `${process} wrote ${lines} lines about it (at most ${max}), and ${isTold ? "one" : "none"} about another meanwhile`,
      });
    }
    return courseOf(strike, ...checks);
  },
};

function isBobs({ code, service: name }: Entry): boolean {
  return code === "STREAM_REFUSED" && name === "down";
}

/** Whether no line was left out before this one: a client with a budget of its own loses none. */
function isWhole({ suppressed }: Entry): boolean {
  return suppressed === undefined;
}

async function entries(ground: Ground, process: ProcessName): Promise<readonly Entry[]> {
  const lines = (await ground.lab.logs("v", process)).split("\n").filter((line) => /^\{.*\}$/.test(line));
  return lines.map((line) => JSON.parse(line) as Entry);
}
