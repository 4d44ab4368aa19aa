import { readFile } from "node:fs/promises";
import { now, startSsh } from "@florenetes/workloads";
import { readLines } from "../drivers/lines.ts";
import { complaint } from "../drivers/stage.ts";
import { hostOf, type Way } from "../terrain.ts";
import { atPort, type Workload } from "../workload.ts";

const ports = { target: 2_222, listen: 18_106 };
/** A session prints so many lines, one each 100 ms. */
const LINES = 100;
const SCRIPT = `i=0; while [ $i -lt ${LINES} ]; do echo line $i; i=$((i+1)); sleep 0.1; done`;
const PAUSE_MS = 300;

interface SshPlan extends Pick<Workload, "ends" | "routes"> {
  readonly host: string;
  readonly target: number;
  readonly listen: number;
  /** Words before those of the client, which run it as another user. */
  readonly as: readonly string[];
}

/** Sessions of OpenSSH that print lines all the time: each line comes once, in its order. */
export function ssh(way: Way): Workload {
  const routes = [{ service: "ssh", target: atPort(ports.target), listen: atPort(ports.listen), way }];
  return sshTo({ host: "127.0.0.1", ...ports, ends: ["a", hostOf(way)], routes, as: [] });
}

/** Sessions of OpenSSH to an address of one's own. */
export function sshTo({ host, target, listen, ends, routes, as }: SshPlan): Workload {
  let server: Awaited<ReturnType<typeof startSsh>>;
  return {
    name: "ssh",
    needs: ["ssh", "ssh-keygen", "/usr/sbin/sshd"],
    packages: ["openssh-client", "openssh-server"],
    ends,
    unit: "lines",
    routes,
    async prepare(stage) {
      server = await startSsh(stage, target, listen, host);
    },
    begin(stage, witness) {
      const argv = [...as, "ssh", "-n", "-p", String(listen), ...server.options, `root@${host}`, SCRIPT];
      const finished = stage.repeat(PAUSE_MS, async () => {
        const from = now();
        let next = 0;
        const client = stage.lab.spawn("a", argv, { stdio: ["ignore", "pipe", "pipe"] });
        let said = "";
        client.stderr!.on("data", (bytes: Buffer) => (said = complaint(said + bytes.toString())));
        const end = (): void => void client.kill("SIGKILL");
        stage.ending.addEventListener("abort", end, { once: true });
        await readLines(client, (line) => {
          witness.moved(now());
          if (line === `line ${next}`) witness.right();
          else witness.wrong(`"${line}" came in the place of line ${next}`);
          next++;
        });
        stage.ending.removeEventListener("abort", end);
        witness.moved(undefined);
        if (next === LINES || stage.ending.aborted) return;
        const to = now();
        const text = `ssh ended with ${client.exitCode} after ${next} lines and ${Math.round(to - from)} ms: ${said}`;
        const log = complaint(await readFile(server.log, "utf8"));
        witness.lost({ from, to, text: `${text}; sshd had logged: ${log}` });
      });
      return { finished };
    },
  };
}
