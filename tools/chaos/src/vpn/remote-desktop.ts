import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { now } from "@florenetes/workloads";
import type { Stage } from "../drivers/stage.ts";
import { COMMAND_MS_MAX } from "../limits.ts";
import type { Workload } from "../workload.ts";
import { converse } from "./conversation.ts";
import { CLIENT } from "./terrain.ts";

const SERVER = "/usr/sbin/xrdp";
const PORT = 3_389;
const LOOK_MS = 100;
const PAUSE_MS = 500;
/** The picture of a server that still draws changes within this time. */
const DRAWN_MS = 1_000;
/** The client gives a connection up that is not acknowledged for 9 s, unless it is told otherwise. */
const PATIENCE = `/timeout:${COMMAND_MS_MAX}`;

/** A session of xfreerdp with xrdp, whose keys are answered by the picture: one key changes it, and the next one brings the former one back. */
export function remoteDesktop(
  host: string,
  kind: Pick<Workload, "ends" | "routes"> & { readonly as: readonly string[] },
): Workload {
  const { as, ...place } = kind;
  return {
    ...place,
    name: "remote desktop",
    needs: ["xfreerdp", SERVER, "Xvfb", "xdotool"],
    packages: ["freerdp2-x11", "xrdp", "xvfb", "xdotool"],
    unit: "keys answered",
    isSlow: true,
    async prepare(stage) {
      const settings = {
        port: `tcp://${host}:${PORT}`,
        fork: "false",
        LogFile: join(stage.folder, "xrdp.log"),
        EnableSyslog: "false",
      };
      let config = await readFile("/etc/xrdp/xrdp.ini", "utf8");
      for (const [key, value] of Object.entries(settings))
        config = config.replace(new RegExp(`^${key}=.*`, "m"), `${key}=${value}`);
      const file = join(stage.folder, "xrdp.ini");
      await writeFile(file, config);
      await mkdir("/run/xrdp/sockdir", { recursive: true });
      await stage.serve(PORT, [SERVER, "--nodaemon", "--config", file]);
    },
    begin(stage, witness) {
      const work = async (): Promise<void> => {
        const screen = await Screen.open(stage, as);
        await stage.repeat(PAUSE_MS, async () => {
          const from = now();
          const client = screen.connect(`${host}:${PORT}`);
          const first = await screen.untilDrawn(client);
          const ask = async (): Promise<string | undefined> => {
            const isAnswered =
              (await screen.press("a", client, (picture) => picture !== first)) &&
              (await screen.press("BackSpace", client, (picture) => picture === first));
            if (isAnswered) return undefined;
            return `xfreerdp ${client.exitCode === null ? "shows no answer" : `ended with ${client.exitCode}`}`;
          };
          await converse(stage, witness, { pauseMs: PAUSE_MS, answers: 2, from, ask });
          client.kill("SIGKILL");
        });
      };
      return { finished: work() };
    },
  };
}

/** A screen that nobody sees, whose picture is in a file. */
class Screen {
  readonly #stage: Stage;
  /** Words that run a program on the screen. */
  readonly #on: readonly string[];
  readonly #file: string;

  private constructor(stage: Stage, on: readonly string[], file: string) {
    this.#stage = stage;
    this.#on = on;
    this.#file = file;
  }

  static async open(stage: Stage, as: readonly string[]): Promise<Screen> {
    const folder = join(stage.folder, "screen");
    await mkdir(folder);
    const argv = [...as, "Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24", "-fbdir", folder];
    const server = stage.lab.spawn(CLIENT, argv, { stdio: ["ignore", "pipe", "ignore"] });
    const [display] = (await once(createInterface(server.stdout!), "line")) as [string];
    const on = [...as, "env", `HOME=${folder}`, `DISPLAY=:${display}`];
    return new Screen(stage, on, join(folder, "Xvfb_screen0"));
  }

  connect(place: string): ChildProcess {
    const words = [`/v:${place}`, "/cert:ignore", "/sec:tls", "/u:", "/p:", PATIENCE];
    return this.#stage.lab.spawn(CLIENT, [...this.#on, "xfreerdp", ...words], { stdio: "ignore" });
  }

  /** Waits until the picture has changed, and stands still. @returns its sum */
  async untilDrawn(client: ChildProcess): Promise<string> {
    const blank = await this.#picture();
    let [last, since] = [blank, now()];
    while (this.#goesOn(client) && (last === blank || now() < since + DRAWN_MS)) {
      await sleep(LOOK_MS);
      const picture = await this.#picture();
      if (picture !== last) [last, since] = [picture, now()];
    }
    return last;
  }

  /** Presses a key and waits for a picture. @returns whether it came */
  async press(key: string, client: ChildProcess, isAnswer: (picture: string) => boolean): Promise<boolean> {
    const deadline = now() + COMMAND_MS_MAX;
    await this.#stage.lab.exec(CLIENT, [...this.#on, "xdotool", "key", key]);
    while (this.#goesOn(client) && now() < deadline) {
      if (isAnswer(await this.#picture())) return true;
      await sleep(LOOK_MS);
    }
    return false;
  }

  #goesOn({ exitCode }: ChildProcess): boolean {
    return exitCode === null && !this.#stage.ending.aborted;
  }

  async #picture(): Promise<string> {
    return createHash("sha256")
      .update(await readFile(this.#file))
      .digest("hex");
  }
}
