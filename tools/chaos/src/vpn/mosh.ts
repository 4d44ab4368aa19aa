import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { now } from "@florenetes/workloads";
import { complaint, type Stage } from "../drivers/stage.ts";
import { COMMAND_MS_MAX } from "../limits.ts";
import type { Workload } from "../workload.ts";
import { converse } from "./conversation.ts";
import { CLIENT } from "./terrain.ts";

/** mosh's server takes the first free one: that of an earlier session may still be there. */
const PORTS = "60001:60099";
/** The locale of both ends, as mosh takes no other than UTF-8, and a screen that says nothing before the server does. */
const SETTINGS = ["LC_ALL=C.UTF-8", "TERM=xterm", "MOSH_PREDICTION_DISPLAY=never"];
const FACTOR = 7;
const SHELL = `while read -r number; do echo "answer $((number * ${FACTOR}))"; done`;
const LOOK_MS = 100;
const PAUSE_MS = 300;

/** A terminal of mosh into which lines are typed all the time: the screen gets the answer to each of them, and the session never ends. */
export function mosh(
  host: string,
  kind: Pick<Workload, "ends" | "routes"> & { readonly as: readonly string[] },
): Workload {
  const { as, ...place } = kind;
  return {
    ...place,
    name: "mosh",
    needs: ["mosh-client", "mosh-server", "tmux"],
    packages: ["mosh", "tmux"],
    unit: "lines answered",
    prepare: () => Promise.resolve(),
    begin(stage, witness) {
      const terminal = new Terminal(stage, as);
      const finished = stage.repeat(PAUSE_MS, async () => {
        const from = now();
        await terminal.open(host);
        const ask = async (number: number): Promise<string | undefined> => {
          const fault = await terminal.ask(number);
          return fault === undefined ? undefined : `mosh has no answer to line ${number}: ${fault}`;
        };
        await converse(stage, witness, { pauseMs: PAUSE_MS, answers: 1, from, ask });
        await terminal.close();
      });
      return { finished };
    },
  };
}

/** A terminal that tmux emulates, with mosh's client in it. */
class Terminal {
  readonly #stage: Stage;
  readonly #tmux: readonly string[];

  constructor(stage: Stage, as: readonly string[]) {
    this.#stage = stage;
    this.#tmux = [...as, "env", ...SETTINGS, "tmux", "-S", join(stage.folder, "tmux.sock"), "-f", "/dev/null"];
  }

  /** Starts a server, and a client in the terminal. @throws Error */
  async open(host: string): Promise<void> {
    const server = ["mosh-server", "new", "-i", host, "-p", PORTS, "--", "sh", "-c", SHELL];
    const said = await this.#stage.prepare("env", ...SETTINGS, ...server);
    const [, port, key] = /^MOSH CONNECT (\d+) (\S+)/m.exec(said) ?? [];
    if (port === undefined || key === undefined) throw new Error(`mosh-server says "${complaint(said)}"`);
    const client = ["env", `MOSH_KEY=${key}`, "mosh-client", host, port];
    const { code, stderr } = await this.#run("new-session", "-d", "-x", "80", "-y", "24", ...client);
    if (code !== 0) throw new Error(`tmux ended with ${code}: ${complaint(stderr)}`);
  }

  /** Types a number and waits until its answer is on the screen. @returns undefined, or why there is none */
  async ask(number: number): Promise<string | undefined> {
    const deadline = now() + COMMAND_MS_MAX;
    const answer = new RegExp(`^answer ${number * FACTOR} *$`, "m");
    await this.#run("send-keys", String(number), "Enter");
    for (;;) {
      const { code, stdout, stderr } = await this.#run("capture-pane", "-p");
      if (code !== 0) return `the client has ended (${complaint(stderr)})`;
      if (answer.test(stdout) || this.#stage.ending.aborted) return undefined;
      if (now() > deadline) return `the screen shows "${complaint(stdout)}"`;
      await sleep(LOOK_MS);
    }
  }

  async close(): Promise<void> {
    await this.#run("kill-server");
  }

  #run(...words: readonly string[]): ReturnType<Stage["lab"]["exec"]> {
    return this.#stage.lab.exec(CLIENT, [...this.#tmux, ...words]);
  }
}
