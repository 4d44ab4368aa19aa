import { isName, NAME_LENGTH_MAX } from "@florenetes/operator-text";
import { expect, test } from "vitest";
import { agentUser, clusterUser, controlUser, storeUser, vpnUser } from "../../src/units/cluster-user.ts";

test.each([
  ["example", "flor-example"],
  ["a", "flor-a"],
  ["my_own-cluster-2", "flor-my_own-cluster-2"],
  ["twenty-six-characters-long", "flor-twenty-six-characters-long"],
  ["twenty-seven-characters-lon", "flor_twenty-se_e90fe14c353b5c35"],
  ["berlin.example.org", "flor_berlin-ex_7ce5c60317b41cd1"],
])("the user of cluster %s is %s, on every node and at every install", (cluster, user) => {
  expect(clusterUser(cluster)).toBe(user);
});

test("every cluster has a name that systemd takes for a user's, and no two have the same", () => {
  const lengths = Array.from({ length: NAME_LENGTH_MAX }, (_, index) => index + 1);
  const names = lengths.flatMap((length) =>
    ["a", "9", "a-", "a_", "a.", "a.b-", "b_a."].map((each) => spell(each, length)),
  );
  const clusters = [...new Set(names)].filter(isName);
  expect(clusters.length).toBeGreaterThan(250);
  const kinds = [clusterUser, agentUser, vpnUser, controlUser, storeUser];
  const users = kinds.flatMap((userOf) => clusters.map(userOf));
  for (const user of users) expect(user).toMatch(/^[a-z_][a-z0-9_-]{0,30}$/);
  expect(new Set(users).size).toBe(kinds.length * clusters.length);
});

/** Repeats a pattern up to that length. */
function spell(pattern: string, length: number): string {
  return pattern.repeat(length).slice(0, length);
}

test.each([
  ["example", "fabric-example"],
  ["berlin.example.org", "fabric_berlin-_7ce5c60317b41cd1"],
])("the user of the agent of cluster %s is %s", (cluster, user) => {
  expect(agentUser(cluster)).toBe(user);
});

test.each([
  ["example", "vpn-example"],
  ["berlin.example.org", "vpn_berlin-exa_7ce5c60317b41cd1"],
])("the user of the VPN of cluster %s is %s", (cluster, user) => {
  expect(vpnUser(cluster)).toBe(user);
});

test.each([
  ["example", "control-example"],
  ["berlin.example.org", "control_berlin_7ce5c60317b41cd1"],
])("the user of the control API of cluster %s is %s", (cluster, user) => {
  expect(controlUser(cluster)).toBe(user);
});

test("a name that spells another's user out has a user of its own", () => {
  const user = clusterUser("berlin.example.org");
  expect(clusterUser(user.slice("flor_".length))).not.toBe(user);
});
