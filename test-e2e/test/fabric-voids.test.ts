/*
 *   b ───── a ───── c     a workload on a uses a service on c; c's record is taken back by one that was handed to b's agent
 */
import { type Socket, connect } from "node:net";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { say } from "../src/echo-mesh.ts";
import { endedIdentity } from "../src/ended-identity.ts";
import { freePort } from "../src/free-port.ts";
import { IssuerProcess } from "../src/issuer-process.ts";
import { expectLog } from "../src/log-entries.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";

interface View {
  readonly links: readonly { readonly peer: string; readonly state: string }[];
}
interface Status {
  readonly neighbours: readonly { readonly peer: string; readonly state: string; readonly isServed: boolean }[];
  readonly services: readonly { readonly active: { readonly epoch: number } | null }[];
}

describe.each(["all", "overlay"] as const)("where pins bind %s", (pins) => {
  let lab: Lab;
  let fabric: FabricLab;
  let port: number;

  const dial = (): Socket => connect(port, "127.0.0.1").on("error", () => undefined);
  const ask = async (): Promise<string> => {
    const socket = dial();
    const heard = await say(socket);
    socket.destroy();
    return heard;
  };
  const link = async (): Promise<string | undefined> => {
    const { links } = (await requestAdmin(fabric.doorOf("a"), "/view")) as View;
    return links.find(({ peer }) => peer === "c")?.state;
  };
  const neighbour = async (): Promise<Status["neighbours"][number] | undefined> => {
    return ((await fabric.status("a")) as Status).neighbours.find(({ peer }) => peer === "c");
  };
  const isConnected = async (): Promise<void> => {
    await expect.poll(link, PATIENCE).toBe("up");
    await expect.poll(ask, PATIENCE).toBe("hello");
    await expect.poll(neighbour, PATIENCE).toMatchObject({ state: "reading", isServed: true });
  };

  beforeAll(async () => {
    port = await freePort();
    lab = await openLab({
      cluster: "voids",
      nodes: { a: {}, b: {}, c: {} },
      links: [{ between: ["a", "b"] }, { between: ["a", "c"] }],
      services: {},
      tunnels: [],
    });
    fabric = FabricLab.prepare(lab, {
      services: { web: { allow: ["user/alice"], targets: { c: "self:echo" } } },
      tunnels: [{ node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: "web" }],
      ...(pins === "all" && { pins }),
    });
    await lab.up();
    await fabric.up();
    await fabric.publish("a", [fabric.signService("web", ["c"])]);
  });
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
    await lab?.down();
  });

  test("a void ends what is open, and nothing new begins", async () => {
    await isConnected();
    const held = dial();
    expect(await say(held)).toBe("hello");
    const ends = [
      new Promise((done) => held.once("close", done)),
      expect
        .poll(neighbour, PATIENCE)
        .toMatchObject({ state: expect.not.stringMatching(/^reading$/), isServed: false }),
      ...(pins === "all" ? [expect.poll(link, PATIENCE).toBe("down")] : []),
    ];
    await fabric.publish("b", [fabric.signVoid("node", "c")]);
    const start = now();
    await Promise.all(ends);
    process.stdout.write(`all of c had ended ${Math.round(now() - start)} ms after the record\n`);
    expect(await ask()).not.toBe("hello");
    await expectLog(lab, "a", "cluster-flor").toMatch(/WRONG_KEY/);
    if (pins === "all") {
      expect(await link()).toBe("down");
      await expectLog(lab, "a", "link-flor").toMatch(/"reason":"WRONG_KEY"/);
    } else expect(await link()).toBe("up");
  });

  test.runIf(pins === "overlay")(
    "by an issuer that asks an agent, an ended c does not come back, and b does",
    async () => {
      using issuer = await IssuerProcess.make(lab, "issuer", "1h", { agent: fabric.adminOf("a") });
      issuer.trustRoot();
      await issuer.start();
      const [taken, good] = ["c", "b"].map((node) => endedIdentity(lab, issuer, node, `vertex/${node}`));
      expect(await taken!.keep()).toMatchObject({ code: 1, stderr: expect.stringContaining("[ERR_ISSUER_NODE]") });
      expect(await good!.keep()).toMatchObject({ code: 0, stderr: "" });
    },
  );

  test("a later record lets the node in again", async () => {
    await fabric.publish("a", [fabric.signNode("c")]);
    await isConnected();
  });
});
