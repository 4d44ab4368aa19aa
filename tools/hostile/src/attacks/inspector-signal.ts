import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Attack } from "../attack.ts";

const ARRIVES_MS = 1_000;
/** Port 9229 on 127.0.0.1 in state LISTEN, as /proc/net/tcp has it. */
const INSPECTOR = /0100007F:240D 00000000:0000 0A/;

export const inspectorSignal: Attack = {
  name: "inspector-signal",
  by: "local user",
  description: "Sends SIGUSR1, by which Node opens a debugger to all local users: they could run code as the process.",
  held: "no port is opened, and both processes go on.",
  run: async ({ victims }) => {
    for (const pid of victims.values()) process.kill(pid, "SIGUSR1");
    await sleep(ARRIVES_MS);
    const opened = [...victims].filter(([, pid]) => INSPECTOR.test(readIfThere(`/proc/${pid}/net/tcp`)));
    const check = {
      isHeld: opened.length === 0,
      text: opened.length === 0 ? "no port was opened" : "a debugger listens",
    };
    return { packets: victims.size, bytes: 0, checks: [check] };
  },
};

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
