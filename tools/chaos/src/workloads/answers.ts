import { once } from "node:events";
import { programArguments } from "@florenetes/meshlab";
import { HOSTS } from "../fabric/terrain.ts";
import { atPort, type Workload } from "../workload.ts";

const ports = { target: 8_080, listen: 18_080 };
const SIZE = 8_000_000;
const PAUSE_MS = 300;
const MESHLAB = [process.execPath, ...programArguments("meshlab")];

interface Answer {
  readonly bytes: number;
  readonly sha256: string;
  readonly expected: string;
  readonly pauseMs: number;
}

/** Long answers of a service that both hosts have, by SHA-256. */
export function answers(node: string): Workload {
  return {
    name: `downloads, ${node}`,
    needs: [],
    packages: [],
    ends: [node, ...HOSTS],
    unit: "downloads",
    routes: [{ service: "web", target: atPort(ports.target), listen: atPort(ports.listen), way: "leased" }],
    async prepare({ lab }) {
      for (const host of HOSTS) {
        const argv = [...MESHLAB, "demo-service", "127.0.0.1", String(ports.target), host];
        await once(lab.spawn(host, argv, { stdio: ["ignore", "pipe", "inherit"] }).stdout!, "data");
      }
    },
    begin(stage, witness) {
      const argv = [...MESHLAB, "demo-download", `http://127.0.0.1:${ports.listen}/bytes/${SIZE}`];
      const finished = stage.repeat(PAUSE_MS, async () => {
        const output = await stage.attempt(witness, node, argv);
        if (output === undefined) return;
        const { bytes, sha256, expected, pauseMs } = JSON.parse(output.trim().split("\n").at(-1)!) as Answer;
        witness.gap(pauseMs);
        if (bytes === SIZE && sha256 === expected) witness.right();
        else witness.wrong(`${bytes} bytes came with another sum than was sent`);
      });
      return { finished };
    },
  };
}
