import { hostOf, type Way } from "../terrain.ts";
import { atPort, type Workload } from "../workload.ts";

const ports = { target: 5_201, listen: 18_107 };
const SECONDS = 10;
const INTERVAL_MS = 200;
const RATE = "10M";
const PAUSE_MS = 300;

interface Report {
  readonly error?: string;
  readonly intervals: readonly { readonly sum: { readonly bytes: number } }[];
}

/** Runs of iperf3, each of some seconds, at a rate that leaves the machine to others. */
export function iperf(way: Way): Workload {
  return {
    name: "iperf3",
    needs: ["iperf3"],
    packages: ["iperf3"],
    ends: ["a", hostOf(way)],
    unit: "runs",
    routes: [{ service: "iperf", target: atPort(ports.target), listen: atPort(ports.listen), way }],
    async prepare(stage) {
      await stage.serve(ports.target, ["iperf3", "--server", "--bind", "127.0.0.1", "--port", String(ports.target)]);
    },
    begin(stage, witness) {
      const where = ["--client", "127.0.0.1", "--port", String(ports.listen)];
      const amount = ["--time", String(SECONDS), "--bitrate", RATE, "--reverse"];
      const argv = ["iperf3", ...where, ...amount, "--json", "--interval", String(INTERVAL_MS / 1_000)];
      const finished = stage.repeat(PAUSE_MS, async () => {
        const output = await stage.attempt(witness, "a", argv);
        if (output === undefined) return;
        witness.right();
        let gapMs = 0;
        for (const { sum } of (JSON.parse(output) as Report).intervals) {
          gapMs = sum.bytes > 0 ? 0 : gapMs + INTERVAL_MS;
          witness.gap(gapMs);
        }
      });
      return { finished };
    },
  };
}
