/*
 *            ┌──── b ────┐      b coordinates, and is a relay later; c is a phone, and carries for others
 *        a ──┤           ├── d  as long as its battery, its network and its owner let it
 *            └──── c ────┘
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { hasPhonePrograms, PHONE_SERVICES, PhonePrograms, phoneServices, phoneTunnels } from "../src/phone-programs.ts";
import { isRoot } from "../src/root.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

interface Scored {
  readonly score: { readonly score: number; readonly gates: readonly { readonly gate: string }[] } | null;
}
interface Shown {
  readonly capabilities: { readonly device: { readonly battery?: number; readonly network: string } | null };
  readonly roles: readonly { readonly role: string; readonly effect: string; readonly text: string }[];
}

const SERVICES = ["web", ...PHONE_SERVICES];
const CLASSES = ["dns", "interactive", "reliable", "bulk", "droppable"];
/** An uplink has to be good for ten minutes; a look each minute. */
const OPENS_MS = 12 * 60_000;
const device = { battery: 80, charging: false, network: "wifi", metered: false, foreground: true };

let lab: Lab;
let fabric: FabricLab;
let port: number;

const say = (facts: object): void => writeFileSync(join(lab.folder, "device.json"), JSON.stringify(facts));
const gates = async (): Promise<readonly string[]> => {
  const { score } = (await requestAdmin(fabric.adminOf("b"), "/score?of=c&for=relay")) as Scored;
  return score === null ? ["no-score"] : score.gates.map(({ gate }) => gate);
};
const shown = async (): Promise<Shown> => (await requestAdmin(fabric.adminOf("c"), "/node")) as Shown;
const roleText = async (): Promise<string | undefined> =>
  (await shown()).roles.find(({ role }) => role === "relay")?.text;
/** The first nodes of the routes of a's leases, the primary first. */
const firstHops = async (): Promise<readonly string[]> => {
  const { routes } = (await requestAdmin(fabric.adminOf("a"), "/routes")) as {
    readonly routes: readonly { readonly routes: readonly { readonly via: readonly string[] }[] }[];
  };
  return [...new Set(routes.flatMap((lease) => lease.routes.map(({ via }) => via[0]!)))];
};

describe.skipIf(!isRoot)("a phone among relays (skipped where there is no root)", () => {
  beforeAll(async () => {
    port = await freePort();
    const target = await freePort();
    lab = await openLab(
      {
        cluster: "carriers",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["a", "c"] }, { between: ["b", "d"] }, { between: ["c", "d"] }],
        services: {},
        tunnels: [],
      },
      { mode: "netns" },
    );
    say(device);
    const relay = { relay: { classes: CLASSES, rate: "1 Gbit/s" } };
    const program = fileURLToPath(new URL("../src/programs/scripted-device.mjs", import.meta.url));
    fabric = FabricLab.prepare(lab, {
      connectWait: "60s",
      services: {
        web: { allow: ["user/alice"], targets: { d: `tcp://127.0.0.1:${target}` } },
        ...phoneServices("d"),
      },
      tunnels: [
        { node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: "web" },
        ...phoneTunnels("a"),
      ],
      agents: {
        b: { coordinator: { partition: "default" } },
        c: { device: { command: [process.execPath, program, join(lab.folder, "device.json")] } },
      },
      doors: { b: relay, c: relay },
    });
    await SteadyService.start(lab, "d", target);
    await lab.up();
    await fabric.up();
    const roles = [
      ["b", "route-coordinator"],
      ["c", "relay"],
      ["c", "mobile-edge"],
    ] as const;
    await fabric.publish("b", [
      ...roles.map(([node, role]) => fabric.signRole(node, "cluster", role)),
      fabric.sign("policy", "cluster", { tiers: [{ role: "mobile-edge", tier: 0 }] }),
    ]);
    await fabric.publish(
      "a",
      SERVICES.map((name) => fabric.signService(name, ["d"])),
    );
  }, 2 * PATIENCE_MS);
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
    await lab?.down();
  });

  test("is known by what its device's source says, carries nothing before its uplink was good for long, and says which gate is shut", async () => {
    // A neighbour that has just come up does not know yet where it sees the phone: the gate `phone-reach` opens a while later.
    await expect
      .poll(gates, PATIENCE)
      .toSatisfy((shut: readonly string[]) => ["phone-uplink", "phone-reach phone-uplink"].includes(shut.join(" ")));
    expect((await shown()).capabilities.device).toEqual(device);
    await expect.poll(roleText, PATIENCE).toBe("");
    say({ ...device, network: "cellular", metered: true });
    // A change that shuts a gate is told at once, and not with the next report.
    const since = now();
    await expect.poll(gates, PATIENCE).toContain("phone-metered");
    process.stdout.write(`the coordinator knew of it after ${Math.round(now() - since)} ms\n`);
    await expect.poll(roleText, PATIENCE).toMatch(/^phone-metered: found yes, needs no$/);
    say(device);
    await expect.poll(roleText, PATIENCE).toBe("");
    expect(await firstHops()).toEqual([]);
  });

  // Its minutes are for soaks.
  test.skipIf(!isSoak)(
    "that carries for others is left as soon as a gate shuts, and no stream is lost (skipped but in soaks)",
    { timeout: OPENS_MS + 3 * PATIENCE_MS },
    async () => {
      await expect.poll(gates, { timeout: OPENS_MS, interval: 1_000 }).toEqual([]);
      await expect.poll(firstHops, PATIENCE).toEqual(["c"]);
      using steady = await SteadyWorkload.start(lab, "a", port);
      await using programs = hasPhonePrograms ? await PhonePrograms.start(lab, "a", "d") : undefined;
      await fabric.publish("b", [fabric.signRole("b", "cluster", "relay")]);
      await expect.poll(firstHops, PATIENCE).toEqual(["c", "b"]);
      await steady.untilProgress(now());
      await programs?.untilProgress(now());
      steady.takeLongestGap();
      say({ ...device, battery: 44 });
      const since = now();
      await expect.poll(firstHops, PATIENCE).toEqual(["b"]);
      process.stdout.write(`the lease was another one after ${Math.round(now() - since)} ms\n`);
      await steady.untilProgress(now());
      process.stdout.write(`the longest pause of a stream: ${Math.round(steady.takeLongestGap())} ms\n`);
      process.stdout.write(`other programs went on: ${await programs?.untilProgress(since)}\n`);
      expect([...steady.lost]).toEqual([]);
    },
  );
});
