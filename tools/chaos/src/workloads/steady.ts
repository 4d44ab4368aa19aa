import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { now, steadyClient, steadyService } from "@florenetes/workloads";
import { readLines } from "../drivers/lines.ts";
import type { Stage } from "../drivers/stage.ts";
import type { Witness } from "../ledger.ts";
import { hostOf, type Way } from "../terrain.ts";
import { atPort, type Place, type Workload, type Working } from "../workload.ts";

/** The shortest pause that is reported. Shorter ones occur on any busy machine. */
const PAUSE_MS = 500;
/** Time until a client that has lost a connection is started again. */
const AGAIN_MS = 300;

interface Line {
  readonly mode: string;
  readonly at: number;
  /** The longest time without anything since the line before. */
  readonly gapMs?: number;
  readonly lost?: string;
}

interface SteadyPlan extends Pick<Workload, "ends" | "routes"> {
  readonly label: string;
  readonly node: string;
  readonly target: Place;
  readonly listen: Place;
  /** Words before those of the client, which run it as another user. */
  readonly as: readonly string[];
  readonly modes: string;
}

/**
 * Keeps connections busy all the time, and checks every byte: a ping-pong, and if `modes` names them a download and an upload. The ping-pong
 * is a pulse: no recovery ends before it moves again.
 */
export function steady(way: Way, node: string, ports: { target: number; listen: number }, modes: string): Workload {
  const label = way === "leased" ? node : way;
  const routes = [{ service: `steady-${label}`, target: atPort(ports.target), listen: atPort(ports.listen), way }];
  const target = { host: "127.0.0.1", port: ports.target };
  const listen = { host: "127.0.0.1", port: ports.listen };
  return steadyBetween({ label, node, ends: [node, hostOf(way)], routes, target, listen, as: [], modes });
}

/** Connections that never rest between places of one's own. */
export function steadyBetween(plan: SteadyPlan): Workload {
  const { label, ends, routes, target } = plan;
  return {
    name: `steady, ${label}`,
    needs: [],
    packages: [],
    ends,
    unit: "reports of progress",
    routes,
    async prepare(stage) {
      const service = stage.spawn(steadyService(target.host, target.port), ["ignore", "pipe", "ignore"]);
      const lines = createInterface({ input: service.stdout! });
      await once(lines, "line");
      lines.on("line", () => {});
    },
    begin(stage, witness): Working {
      const pulse = { at: 0 };
      const finished = stage.repeat(AGAIN_MS, () => talk(stage, witness, plan, pulse));
      return { finished, pulse: () => pulse.at };
    },
  };
}

/** Holds the connections until one is lost, or workloads end. */
async function talk(
  { lab, ending }: Stage,
  witness: Witness,
  { node, listen, as, modes }: SteadyPlan,
  pulse: { at: number },
): Promise<void> {
  const from = now();
  const client = lab.spawn(node, [...as, ...steadyClient(listen.host, listen.port, modes)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const end = (): void => void client.kill("SIGKILL");
  ending.addEventListener("abort", end, { once: true });
  let isOver = false;
  await readLines(client, (text) => {
    const { mode, at, gapMs = 0, lost } = JSON.parse(text) as Line;
    if (isOver || ending.aborted) return;
    if (lost === undefined) {
      witness.right();
      witness.gap(gapMs);
      if (mode !== "p") return;
      if (pulse.at > from && at - pulse.at > PAUSE_MS) witness.paused({ from: pulse.at, to: at });
      pulse.at = at;
    } else {
      isOver = true;
      if (lost === "WRONG_BYTES") witness.wrong(`${mode}: other bytes came than were sent`);
      else {
        const heard = mode === "p" ? { heardAt: Math.max(from, pulse.at) } : {};
        witness.lost({ from, to: at, text: `${mode}: ${lost}`, ...heard });
      }
      // The client's other connections get a moment in which they may be lost, too.
      void sleep(AGAIN_MS).then(end);
    }
  });
  ending.removeEventListener("abort", end);
}
