import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { now } from "@florenetes/workloads";
import { readLines } from "../drivers/lines.ts";
import { FINISH_MS_MAX } from "../limits.ts";
import { atPort, type Workload } from "../workload.ts";

const ports = { target: 1883, publish: 18_106, subscribe: 18_107 };
const EVERY_MS = 100;
const POLL_MS = 100;
const TOPIC = "chaos";

/** Sends numbers from a to n through a broker on d. By quality of service 1 none is lost, whatever the clients' connections do. */
export const mqtt: Workload = {
  name: "MQTT",
  needs: ["mosquitto", "mosquitto_pub", "mosquitto_sub"],
  packages: ["mosquitto", "mosquitto-clients"],
  ends: ["a", "d", "n"],
  unit: "messages",
  routes: [
    { service: "mqtt", target: atPort(ports.target), listen: atPort(ports.publish), way: "lower" },
    { service: "mqtt-far", target: atPort(ports.target), listen: atPort(ports.subscribe), way: "nat" },
  ],
  async prepare(stage) {
    const config = join(stage.folder, "mosquitto.conf");
    const lines = [`listener ${ports.target} 127.0.0.1`, "allow_anonymous true", "max_queued_messages 0", "user root"];
    await writeFile(config, `${lines.join("\n")}\n`);
    await stage.serve(ports.target, ["mosquitto", "-c", config]);
  },
  begin(stage, witness) {
    const client = (program: string, port: number, ...more: readonly string[]): string[] => {
      return [program, "-h", "127.0.0.1", "-p", String(port), "-q", "1", "-t", TOPIC, "-c", ...more];
    };
    const subscriber = stage.lab.spawn("n", client("mosquitto_sub", ports.subscribe, "-i", "subscriber"));
    const from = now();
    const seen = new Set<number>();
    let isEnding = false;
    const read = readLines(subscriber, (line) => {
      const number = Number(line);
      if (!seen.has(number)) witness.right();
      seen.add(number);
    }).then(() => {
      if (!isEnding) witness.lost({ from, to: now(), text: "mosquitto_sub ended" });
    });
    const publish = async (): Promise<void> => {
      // A broker keeps messages only for a subscriber that has connected before.
      while (seen.size === 0 && !stage.ending.aborted) {
        await stage.attempt(witness, "a", client("mosquitto_pub", ports.publish, "-m", "0", "-i", "first"));
        await sleep(POLL_MS);
      }
      const publisher = stage.lab.spawn("a", client("mosquitto_pub", ports.publish, "-i", "publisher", "-l"));
      publisher.stdin!.on("error", () => {});
      publisher.stdout!.resume();
      publisher.stderr!.resume();
      const hasEnded = once(publisher, "close").then(() => {
        if (!stage.ending.aborted) witness.lost({ from, to: now(), text: "mosquitto_pub ended" });
      });
      let number = 0;
      await stage.repeat(EVERY_MS, async () => void publisher.stdin!.write(`${++number}\n`));
      publisher.stdin!.end();
      await Promise.race([hasEnded, sleep(FINISH_MS_MAX, undefined, { ref: false })]);
      const isMissing = (each: number): boolean => !seen.has(each);
      const all = Array.from({ length: number }, (_, index) => index + 1);
      for (const deadline = now() + FINISH_MS_MAX / 2; now() < deadline && all.some(isMissing);) await sleep(POLL_MS);
      const missing = all.filter(isMissing);
      if (missing.length > 0)
        witness.wrong(`${missing.length} of ${number} messages were lost, the first ${missing[0]}`);
      isEnding = true;
      publisher.kill("SIGKILL");
      subscriber.kill("SIGKILL");
      await read;
    };
    return { finished: publish() };
  },
};
