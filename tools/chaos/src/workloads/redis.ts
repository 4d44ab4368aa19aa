import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { now } from "@florenetes/workloads";
import { readLines } from "../drivers/lines.ts";
import { atPort, type Workload } from "../workload.ts";

const ports = { target: 6379, listen: 18_102 };
const EVERY_S = "0.03";
const AGAIN_MS = 300;

/** A client counts up on the server: no answer repeats a number, and the server never has less than was answered. */
export const redis: Workload = {
  name: "redis",
  needs: ["redis-server", "redis-cli"],
  packages: ["redis-server", "redis-tools"],
  ends: ["a", "d"],
  unit: "increments",
  routes: [{ service: "redis", target: atPort(ports.target), listen: atPort(ports.listen), way: "upper" }],
  async prepare(stage) {
    const folder = join(stage.folder, "redis");
    await mkdir(folder);
    const options = ["--bind", "127.0.0.1", "--port", String(ports.target), "--dir", folder, "--save", ""];
    await stage.serve(ports.target, ["redis-server", ...options]);
  },
  begin(stage, witness) {
    let last = 0;
    let lost = 0;
    const count = async (): Promise<void> => {
      const from = now();
      const through = ["-h", "127.0.0.1", "-p", String(ports.listen)];
      const client = stage.lab.spawn("a", ["redis-cli", ...through, "-r", "-1", "-i", EVERY_S, "INCR", "chaos"]);
      client.stdin!.end();
      const end = (): void => void client.kill("SIGKILL");
      stage.ending.addEventListener("abort", end, { once: true });
      let isFirst = true;
      let isOver = false;
      await readLines(client, (line) => {
        if (isOver || stage.ending.aborted || line === "") return;
        const value = Number(line);
        if (Number.isNaN(value)) {
          isOver = true;
          lost++;
          witness.lost({ from, to: now(), text: line });
          return end();
        }
        // A loss may take the answer of the last increment with it. redis-cli connects again once without a word.
        if (value <= last || value > last + 2) witness.wrong(`${value} was answered after ${last}`);
        if (value === last + 2 && !isFirst) {
          lost++;
          witness.lost({ from, to: now(), text: "redis-cli has connected again" });
        }
        isFirst = false;
        last = value;
        witness.right();
      });
      stage.ending.removeEventListener("abort", end);
      if (!isOver && !stage.ending.aborted) {
        lost++;
        witness.lost({ from, to: now(), text: "redis-cli ended" });
      }
    };
    const work = stage.repeat(AGAIN_MS, count);
    const check = async (): Promise<void> => {
      await work;
      const value = Number(await stage.prepare("redis-cli", "-p", String(ports.target), "GET", "chaos"));
      if (value < last || value > last + lost + 1) witness.wrong(`the server has ${value}, the client ${last}`);
    };
    return { finished: check() };
  },
};
