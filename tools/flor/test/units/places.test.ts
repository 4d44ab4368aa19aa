import { expect, test } from "vitest";
import {
  agentAdminSocket,
  clusterAdminSocket,
  clusterOfAgentFolder,
  clusterOfControlFolder,
  clusterOfRunFolder,
  clusterOfVpnFolder,
  clusterPlaces,
  controlAdminSocket,
  vpnAdminSocket,
} from "../../src/units/places.ts";

/** Names that spell out what stands before the name of another cluster. */
const CLUSTERS = ["demo", "a.b-c_d", "cluster-demo", "fabric-demo", "vpn-demo", "control-demo", "control"];

test.each(CLUSTERS)(
  "the folder of a unit's sockets tells that it is of the cluster %s, and of which program",
  (name) => {
    const pairs = [
      [clusterAdminSocket, clusterOfRunFolder],
      [agentAdminSocket, clusterOfAgentFolder],
      [vpnAdminSocket, clusterOfVpnFolder],
      [controlAdminSocket, clusterOfControlFolder],
    ] as const;
    for (const [socketOf] of pairs) {
      const folder = socketOf(name).replace(/\/admin\.sock$/, "");
      for (const [of, clusterOf] of pairs) expect(clusterOf(folder)).toBe(of === socketOf ? name : undefined);
    }
  },
);

test.each(["/run/florenetes-control-", "/run/florenetes-control-a/b", "/run/florenetes-control-A", "/run"])(
  "%s is no unit's folder",
  (folder) => expect(clusterOfControlFolder(folder)).toBeUndefined(),
);

test("no folder of a cluster is that of another one, or lies in it", () => {
  const foldersOf = (cluster: string): readonly string[] => {
    const { etc, state, run, agent, vpn, control } = clusterPlaces(cluster);
    return [etc, state, run, agent.state, agent.run, vpn.run, control.state, control.run];
  };
  for (const one of CLUSTERS) {
    const others = CLUSTERS.filter((other) => other !== one).flatMap(foldersOf);
    for (const a of foldersOf(one)) for (const b of others) expect(`${a}/`.startsWith(`${b}/`)).toBe(false);
  }
});
