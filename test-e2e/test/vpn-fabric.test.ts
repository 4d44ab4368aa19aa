/*
 *            ┌── b ──┬── c ┄┄┐
 *   u ┄┄ a ──┤       ╳       ├┄┄ w      a client that knows a pool's name alone has its way over one of two egresses, whichever is there
 *            └── e ──┴── d ┄┄┘
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OwnProcess } from "../src/own-process.ts";
import { PATIENCE } from "../src/patience.ts";
import { EGRESSES, openVpnFabric, POOL, type VpnFabric } from "../src/vpn-fabric.ts";
import { lackOfVpn, WORLD } from "@florenetes/meshlab";
import type { VpnGround, VpnStatus } from "../src/vpn-ground.ts";

const missing = lackOfVpn();
if (missing !== undefined) process.stderr.write(`left out: a VPN over a fabric (${missing})\n`);

describe.skipIf(missing !== undefined)("a VPN over a fabric", () => {
  let vpn: VpnFabric;
  let ground: VpnGround;
  let client: OwnProcess;
  const egresses = new Map<string, OwnProcess>();
  let addresses: readonly string[];

  const startEgress = (node: string): void => {
    const section = `egress: { pool: main, listen: egress-${node}.sock, addresses: [100.64.0.0/16, "fd00:f10::/64"], networks: all }`;
    egresses.set(node, ground.start(node, section));
  };
  const up = async (): Promise<VpnStatus["up"]> => (await ground.status("a")).up;
  /** The answer of the world, or nothing: while an egress is replaced, packets are lost. */
  const who = async (): Promise<string> =>
    (await ground.curl(`http://${WORLD.v4}/who`, "--connect-timeout", "2")).stdout.trim();
  const answered = (): Promise<unknown> => expect.poll(who, PATIENCE).toBe(`world ${WORLD.v4}`);
  /** The egress that has the client. */
  const serving = async (): Promise<string> => {
    for (const node of EGRESSES) {
      const status = await ground.status(node).catch(() => undefined);
      if (status?.egress.clients === 1) return node;
    }
    return "";
  };
  /** Whether new streams of the client go to this egress. */
  const leadsTo = async (node: string): Promise<boolean> => {
    const { services } = (await vpn.fabric.status("a")) as { readonly services: readonly { readonly path: string }[] };
    return services[0]!.path.endsWith(`.${node}`);
  };
  const otherThan = (node: string): string => EGRESSES.find((each) => each !== node)!;

  beforeAll(async () => {
    vpn = await openVpnFabric();
    ({ ground } = vpn);
    for (const node of EGRESSES) startEgress(node);
    client = ground.start("a", `up: { pool: main, session: ${vpn.session}, mesh-user: 0 }`);
  });
  afterAll(() => vpn?.[Symbol.asyncDispose]());

  test("finds an egress by the pool's name, over leased routes", async () => {
    await answered();
    ({ addresses } = await up());
    expect(addresses).toHaveLength(2);
  });

  test("has another egress within seconds when the first one is killed, and the same addresses", async () => {
    const first = await serving();
    await egresses.get(first)!.endBy("SIGKILL");
    await answered();
    expect(await serving()).toBe(otherThan(first));
    expect((await up()).addresses).toEqual(addresses);
    startEgress(first);
  });

  test("follows a signed record by another session, before it leaves the one that it has", async () => {
    // The host that the agent prefers may be back by now: the record names the present one alone, until all is at rest there.
    const first = await serving();
    const other = otherThan(first);
    await vpn.fabric.publish("a", [vpn.fabric.signService(POOL, [first])]);
    await expect.poll(async () => [await leadsTo(first), await serving()], PATIENCE).toEqual([true, first]);
    const { sessions: before } = await up();
    await vpn.fabric.publish("a", [vpn.fabric.signService(POOL, [other])]);
    // Flows that nobody uses end, and the next ones lead to the other egress.
    const answers = new Set<string>();
    await expect
      .poll(
        async () => {
          answers.add(await who());
          return (await up()).sessions.moved;
        },
        { ...PATIENCE, interval: 11_000 },
      )
      .toBe(before.moved + 1);
    answers.add(await who());
    expect([...answers]).toEqual([`world ${WORLD.v4}`]);
    expect(await serving()).toBe(other);
    const { sessions: after } = await up();
    expect([after.ended, (await up()).addresses]).toEqual([before.ended, addresses]);
  });

  test("has the other egress when the whole node of the present one dies", async () => {
    await vpn.fabric.publish("a", [vpn.fabric.signService(POOL, EGRESSES)]);
    const first = await serving();
    const other = otherThan(first);
    await expect.poll(async () => (await ground.status(other)).findings, PATIENCE).toEqual([]);
    await vpn.fabric.kill(first);
    await ground.lab.kill(first, "link-flor");
    await ground.lab.kill(first, "cluster-flor");
    await egresses.get(first)!.endBy("SIGKILL");
    await answered();
    expect([await serving(), (await up()).addresses]).toEqual([other, addresses]);
    await client.endBy("SIGTERM");
  });
});
