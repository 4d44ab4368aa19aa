/*
 *   a ───── b ───── c     tunnels on a lead to a service on c, and wait for 5 s, 1 s, a minute or not at all while it is not reached
 *
 *   The wire between b and c is cut: a's own link stays up. Then each process of the relay b is killed and started.
 */
import { type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { logEntries } from "../src/log-entries.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { SteadyService } from "../src/steady-workload.ts";

const SERVICE_PORT = 8_080;
const PATIENT = 18_001;
const BRIEF = 18_002;
const HASTY = 18_003;
/** The tunnel that waits for longer than a busy machine takes to start a process. */
const STEADY = 18_004;

interface Opened {
  /** The outcome: "answered", or the code of the error. */
  readonly outcome: string;
  readonly ms: number;
}

describe.skipIf(!isRoot)("workload connections that come while their service is not reached", () => {
  let lab: Lab;

  beforeAll(async () => {
    const service = { node: "c", target: `tcp://127.0.0.1:${SERVICE_PORT}`, allow: ["user/alice"] };
    const tunnel = (port: number, rest: object) => {
      const listen = `tcp://127.0.0.1:${port}`;
      return { node: "a", listen, as: "user/alice", service: "steady", path: ["a", "b", "c"], ...rest };
    };
    lab = await openLab(
      {
        cluster: "waits",
        nodes: { a: {}, b: {}, c: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
        services: { steady: service },
        tunnels: [
          tunnel(PATIENT, {}),
          tunnel(BRIEF, { "connect-wait": "1s" }),
          tunnel(HASTY, { "connect-wait": 0, class: "interactive" }),
          tunnel(STEADY, { "connect-wait": "1min" }),
        ],
      },
      { mode: "netns" },
    );
    await lab.up();
    await SteadyService.start(lab, "c", SERVICE_PORT);
  });
  afterAll(async () => lab?.down());

  /** Opens connections on a, one after the other, until it is disposed of, or `count` of them. */
  function opener(port: number, count = 0): ChildProcess {
    const program = fileURLToPath(new URL("../src/workload/opening-client.ts", import.meta.url));
    const argv = [process.execPath, program, "127.0.0.1", String(port), String(count)];
    return lab.spawn("a", argv, { stdio: ["ignore", "pipe", "inherit"] });
  }

  async function open(port: number): Promise<Opened> {
    for await (const line of createInterface({ input: opener(port, 1).stdout! })) return JSON.parse(line) as Opened;
    throw new Error("the workload has said nothing");
  }

  const tunnelAt = async (port: number) => {
    const { tunnels } = (await lab.status("a")).clusterFlor as unknown as {
      tunnels: { listen: string; unreached: string; connections: { refused: Record<string, number> } }[];
    };
    return tunnels.find(({ listen }) => listen.endsWith(`:${port}`))!;
  };

  test("wait as long as their tunnel says and are reset with the cause, when a wire far away is cut", async () => {
    for (const port of [PATIENT, BRIEF, HASTY]) expect((await open(port)).outcome).toBe("answered");
    await lab.linkDown("b", "c");
    // The loss is found a second after the last packet that was acknowledged: no end knows of it before.
    const first = await open(HASTY);
    expect(first.outcome).toBe("ECONNRESET");
    const hasty = await open(HASTY);
    expect(hasty.outcome).toBe("ECONNRESET");
    expect(hasty.ms).toBeLessThan(first.ms);
    const brief = await open(BRIEF);
    expect(brief.outcome).toBe("ECONNRESET");
    expect(brief.ms).toBeGreaterThanOrEqual(1_000);
    expect(brief.ms).toBeLessThan(5_000);
    const patient = await open(PATIENT);
    expect(patient.outcome).toBe("ECONNRESET");
    expect(patient.ms).toBeGreaterThanOrEqual(5_000);
    const cause = /nothing was heard from the far end of path .* for \d+ s$/;
    for (const port of [HASTY, BRIEF, PATIENT]) {
      const { unreached, connections } = await tunnelAt(port);
      expect(unreached).toMatch(cause);
      expect(connections.refused).toEqual({ NO_ANSWER: port === HASTY ? 2 : 1 });
    }
    const refusals = await logEntries(lab, "a", "cluster-flor", "STREAM_REFUSED");
    expect(refusals[0]).toMatchObject({ reason: "NO_ANSWER", msg: expect.stringMatching(cause) as string });
    await lab.linkUp("b", "c");
    await expect.poll(async () => (await open(HASTY)).outcome, PATIENCE).toBe("answered");
    for (const port of [PATIENT, BRIEF]) expect((await open(port)).outcome).toBe("answered");
    expect((await tunnelAt(PATIENT)).unreached).toBe("");
  });

  test("are all answered while each process of a relay is killed and started", async () => {
    const child = opener(STEADY);
    const opened: Opened[] = [];
    createInterface({ input: child.stdout! }).on("line", (line) => opened.push(JSON.parse(line) as Opened));
    const untilAnswered = async (): Promise<void> => {
      const before = opened.length;
      await expect.poll(() => opened.length, PATIENCE).toBeGreaterThan(before + 3);
    };
    await untilAnswered();
    for (const name of ["link-flor", "cluster-flor"] as const) {
      await lab.kill("b", name);
      lab.start("b", name);
      await lab.waitUntilUp();
      await untilAnswered();
    }
    child.kill("SIGKILL");
    expect(opened.filter(({ outcome }) => outcome !== "answered")).toEqual([]);
  });
});
