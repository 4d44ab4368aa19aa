import { expect, test } from "vitest";
import type { UpConfig } from "../../src/config/vpn-config.ts";
import { parseVpnConfig } from "../../src/config/vpn-config-file.ts";
import { ClientMachine } from "../../src/drivers/client-machine.ts";
import type { Command } from "../../src/machine/command.ts";

const ASSIGNMENT = { v4: Uint8Array.of(100, 64, 0, 2), v6: undefined };
const CONFIG = parseVpnConfig(
  "cluster: c\nadmin: a\nup: { pool: p, session: s, mesh-user: 0, dns: [10.0.0.53] }\n",
  "/etc/vpn.yaml",
).end as UpConfig;

/** A machine on which each time that systemd-resolved is told takes until the test says how it went. */
function aMachine(): {
  client: ClientMachine;
  faults: string[];
  applied: string[];
  told: PromiseWithResolvers<void>[];
} {
  const [faults, applied, told]: [string[], string[], PromiseWithResolvers<void>[]] = [[], [], []];
  const machine = {
    look: () => Promise.reject(new Error("this test does not look")),
    clear: () => Promise.resolve(),
    apply: (commands: readonly Command[]): Promise<void> => {
      if (commands.some(({ program }) => program === "resolvectl")) {
        told.push(Promise.withResolvers<void>());
        return told.at(-1)!.promise;
      }
      applied.push(...commands.map(({ program, args }) => [program, ...args].join(" ")));
      return Promise.resolve();
    },
  };
  return { client: new ClientMachine(CONFIG, ({ message }) => faults.push(message), machine), faults, applied, told };
}

test("the next session and the next MTU do not wait for systemd-resolved", async () => {
  const { client, applied, told } = aMachine();
  await client.setAddresses(ASSIGNMENT);
  await client.setMtu(1_400);
  await client.setAddresses({ ...ASSIGNMENT, v4: Uint8Array.of(100, 64, 0, 3) });
  expect(applied).toContain("ip link set dev flor0 mtu 1400 up");
  expect(applied).toContain("ip -4 address replace 100.64.0.3/32 dev flor0");
  expect(told).toHaveLength(1);
});

test("resolvers that were not taken are told again with the next session, and once only", async () => {
  const { client, faults, applied, told } = aMachine();
  await client.setAddresses(ASSIGNMENT);
  const changes = applied.length;
  told[0]!.reject(new Error("nobody is there"));
  await expect.poll(() => client.dnsFault).toBe("nobody is there");
  // A session that comes while systemd-resolved is being told tells it nothing more.
  for (let session = 0; session < 3; session++) await client.setAddresses(ASSIGNMENT);
  expect(told).toHaveLength(2);
  told[1]!.resolve();
  await expect.poll(() => client.dnsFault).toBe(undefined);
  await client.setAddresses(ASSIGNMENT);
  expect([told.length, applied.length, faults]).toEqual([2, changes, ["nobody is there"]]);
});
