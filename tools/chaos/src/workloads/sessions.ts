import { now } from "@florenetes/workloads";
import { readLines } from "../drivers/lines.ts";
import { ownProgram } from "../drivers/own-program.ts";
import { sessionSocket } from "../mesh.ts";
import { hostOf, type Way } from "../terrain.ts";
import type { Workload } from "../workload.ts";

const SERVICE = "echo";

interface Line {
  readonly right?: number;
  readonly wrong?: string;
  readonly lost?: string;
  readonly from?: number;
}

/** Opens streams of a data session at a to the echo that cluster-flor of the host has itself. */
export function sessions(way: Way): Workload {
  return {
    name: "data sessions",
    needs: [],
    packages: [],
    ends: ["a", hostOf(way)],
    unit: "streams",
    routes: [{ service: SERVICE, target: "self:echo", way }],
    prepare: () => Promise.resolve(),
    begin({ lab, ending }, witness) {
      const argv = ownProgram("session-client", sessionSocket(lab), SERVICE);
      const client = lab.spawn("a", argv, { stdio: ["ignore", "pipe", "inherit"] });
      ending.addEventListener("abort", () => client.kill("SIGKILL"), { once: true });
      const finished = readLines(client, (text) => {
        if (ending.aborted) return;
        const { right, wrong, lost, from = 0 } = JSON.parse(text) as Line;
        if (right !== undefined) {
          witness.right(right);
          witness.moved(now());
        }
        if (wrong !== undefined) witness.wrong(wrong);
        if (lost !== undefined) {
          witness.lost({ from, to: now(), text: lost });
          witness.moved(undefined);
        }
      });
      return { finished };
    },
  };
}
