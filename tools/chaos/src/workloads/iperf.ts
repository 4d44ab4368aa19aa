import { hostOf, type Way } from "../terrain.ts";
import { atPort, type Place, type Workload } from "../workload.ts";

const ports = { target: 5_201, listen: 18_107 };
const SECONDS = 10;
const INTERVAL_MS = 200;
const RATE = "10M";
const PAUSE_MS = 300;

interface IperfPlan extends Pick<Workload, "name" | "ends" | "routes"> {
  readonly target: Place;
  readonly listen: Place;
  /** Words before those of the client, which run it as another user. */
  readonly as: readonly string[];
  readonly options: readonly string[];
}

interface Report {
  readonly error?: string;
  readonly intervals: readonly { readonly sum: { readonly bytes: number } }[];
}

/** Runs of iperf3, each of some seconds, at a rate that leaves the machine to others. */
export function iperf(way: Way): Workload {
  const routes = [{ service: "iperf", target: atPort(ports.target), listen: atPort(ports.listen), way }];
  const [target, listen] = [ports.target, ports.listen].map((port) => ({ host: "127.0.0.1", port }));
  return iperfBetween({
    name: "iperf3",
    ends: ["a", hostOf(way)],
    routes,
    target: target!,
    listen: listen!,
    as: [],
    options: [],
  });
}

/** Runs of iperf3 between places of one's own, with further options of the client. */
export function iperfBetween({ name, ends, routes, target, listen, as, options }: IperfPlan): Workload {
  return {
    name,
    needs: ["iperf3"],
    packages: ["iperf3"],
    ends,
    unit: "runs",
    routes,
    async prepare(stage) {
      const { host, port } = target;
      await stage.serve(port, ["iperf3", "--server", "--bind", host, "--port", String(port)]);
    },
    begin(stage, witness) {
      const where = ["--client", listen.host, "--port", String(listen.port), ...options];
      const amount = ["--time", String(SECONDS), "--bitrate", RATE, "--reverse"];
      const argv = [...as, "iperf3", ...where, ...amount, "--json", "--interval", String(INTERVAL_MS / 1_000)];
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
