import { now } from "@florenetes/workloads";
import { readLines } from "../drivers/lines.ts";
import { ownProgram } from "../drivers/own-program.ts";
import { sessionSocket } from "../mesh.ts";
import type { Workload } from "../workload.ts";

const SERVICE = "echo";

interface Line {
  readonly right?: number;
  readonly wrong?: string;
  readonly lost?: string;
  readonly from?: number;
}

/** Opens streams of a data session at a to the echo that cluster-flor of d has itself. */
export const sessions: Workload = {
  name: "data sessions",
  needs: [],
  packages: [],
  ends: ["a", "d"],
  unit: "streams",
  routes: [{ service: SERVICE, target: "self:echo", way: "lower" }],
  prepare: () => Promise.resolve(),
  begin({ lab, ending }, witness) {
    const argv = ownProgram("session-client", sessionSocket(lab), SERVICE);
    const client = lab.spawn("a", argv, { stdio: ["ignore", "pipe", "inherit"] });
    ending.addEventListener("abort", () => client.kill("SIGKILL"), { once: true });
    const finished = readLines(client, (text) => {
      if (ending.aborted) return;
      const { right, wrong, lost, from = 0 } = JSON.parse(text) as Line;
      if (right !== undefined) witness.right(right);
      if (wrong !== undefined) witness.wrong(wrong);
      if (lost !== undefined) witness.lost({ from, to: now(), text: lost });
    });
    return { finished };
  },
};
