import { once } from "node:events";
import { createInterface } from "node:readline";
import { ownProgram } from "../drivers/own-program.ts";
import type { ChildProcess } from "node:child_process";
import { readLines } from "../drivers/lines.ts";
import { LATE_MS } from "../limits.ts";
import { hostOf, type Way } from "../terrain.ts";
import type { Workload } from "../workload.ts";

/** Some 60 a second. */
const EVERY_MS = 16;

interface Line {
  readonly right?: number;
  readonly wrong?: string;
  readonly sentAt?: number;
  readonly receivedAt?: number;
  /** The longest time without a datagram since the line before. */
  readonly gapMs?: number;
}

/** Numbered datagrams from a to the host that say when they were sent. They may get lost; none may be changed, or come late. */
export function datagrams(way: Way, ports: { readonly target: number; readonly listen: number }): Workload {
  let receiver: ChildProcess;
  return {
    name: `UDP, ${way}`,
    needs: [],
    packages: [],
    ends: ["a", hostOf(way)],
    unit: "datagrams",
    routes: [
      {
        service: `udp-${way}`,
        target: `udp://127.0.0.1:${ports.target}`,
        listen: `udp://127.0.0.1:${ports.listen}`,
        way,
      },
    ],
    async prepare({ lab, host }) {
      const argv = ownProgram("udp-receiver", "127.0.0.1", ports.target, LATE_MS);
      receiver = lab.spawn(host, argv, { stdio: ["ignore", "pipe", "inherit"] });
      await once(createInterface({ input: receiver.stdout! }), "line");
    },
    begin({ lab, ending }, witness) {
      const argv = ownProgram("udp-sender", "127.0.0.1", ports.listen, EVERY_MS);
      const sender = lab.spawn("a", argv, { stdio: ["ignore", "ignore", "inherit"] });
      ending.addEventListener("abort", () => [sender, receiver].map((child) => child.kill("SIGKILL")), { once: true });
      const finished = readLines(receiver, (text) => {
        if (!text.startsWith("{")) return;
        const { right, wrong, sentAt, receivedAt, gapMs = 0 } = JSON.parse(text) as Line;
        witness.gap(gapMs);
        if (right !== undefined) witness.right(right);
        if (wrong !== undefined) witness.wrong(wrong);
        if (sentAt !== undefined && receivedAt !== undefined) witness.late({ sentAt, receivedAt });
      });
      return { finished };
    },
  };
}
