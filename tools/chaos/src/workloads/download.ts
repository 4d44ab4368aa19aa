import { createHash, randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PYTHON } from "@florenetes/meshlab";
import { atPort, type Workload } from "../workload.ts";

const ports = { target: 8080, listen: 18_105 };
const SIZE = 3_000_000;
/** The rate in bytes per second: a download takes some seconds, so that faults meet it. */
const RATE = 1_000_000;
const PAUSE_MS = 300;

interface DownloadPlan extends Pick<Workload, "ends" | "routes"> {
  readonly host: string;
  readonly target: number;
  readonly listen: number;
  /** Words before those of the client, which run it as another user. */
  readonly as: readonly string[];
  readonly options: readonly string[];
}

/** Downloads files with curl, and compares their sums. */
export const download: Workload = downloadFrom({
  host: "127.0.0.1",
  ...ports,
  ends: ["a", "d"],
  routes: [{ service: "web", target: atPort(ports.target), listen: atPort(ports.listen), way: "upper" }],
  as: [],
  options: [],
});

/** Downloads from an address of one's own, with further options of curl. */
export function downloadFrom({ host, target, listen, ends, routes, as, options }: DownloadPlan): Workload {
  let digest = "";
  return {
    name: "downloads",
    needs: ["curl", "bash", "sha256sum", PYTHON[0]],
    packages: ["curl"],
    ends,
    unit: "downloads",
    routes,
    async prepare(stage) {
      const folder = join(stage.folder, "web");
      await mkdir(folder);
      const bytes = randomBytes(SIZE);
      digest = createHash("sha256").update(bytes).digest("hex");
      await writeFile(join(folder, "file"), bytes);
      const server = ["-m", "http.server", "--bind", host, "--directory", folder, String(target)];
      await stage.serve(target, [...PYTHON, ...server]);
    },
    begin(stage, witness) {
      const url = `http://${host}:${listen}/file`;
      const command = `set -o pipefail; curl --silent --show-error --fail ${options.join(" ")} --limit-rate ${RATE} ${url} | sha256sum`;
      // Node's pipes are sockets. bash takes them for a remote login, and would read its start-up file.
      const work = stage.repeat(PAUSE_MS, async () => {
        const output = await stage.attempt(witness, "a", [...as, "bash", "--norc", "-c", command]);
        if (output === undefined) return;
        if (output.startsWith(digest)) witness.right();
        else witness.wrong(`a download has the sum ${output.trim()}`);
      });
      return { finished: work };
    },
  };
}
