import { join } from "node:path";
import { EtcdCluster } from "@florenetes/facts/testing";
import type { Lab } from "@florenetes/meshlab";
import { COORDINATORS, RELAYS, STORAGE } from "../terrain.ts";

/** Nodes of a network of their own, as machines with a database have it: the mesh does not carry it. The first one has the bridge. */
const ATTACHED = [...STORAGE, ...COORDINATORS];
const BRIDGE = "store";
const addressOf = (node: (typeof ATTACHED)[number]): string => `10.99.0.${1 + ATTACHED.indexOf(node)}`;

/** Joins those who use the database by a bridge, and starts a member on each node that keeps the log. */
export async function startEtcd(lab: Lab): Promise<EtcdCluster> {
  const [first, ...others] = ATTACHED;
  const set = async (node: string, words: string): Promise<void> => {
    const { code, stderr } = await lab.exec(node, ["ip", ...words.split(" ")]);
    if (code !== 0) throw new Error(`"ip ${words}" on ${node}: ${stderr.trim()}`);
  };
  await set(first!, `link add ${BRIDGE} type bridge`);
  await set(first!, `addr add ${addressOf(first!)}/24 dev ${BRIDGE}`);
  await set(first!, `link set ${BRIDGE} up`);
  for (const node of others) {
    const { namespace } = lab.wire(node, RELAYS[0]).ends[0];
    await set(first!, `link add ${BRIDGE}-${node} type veth peer name ${BRIDGE} netns ${namespace}`);
    await set(first!, `link set ${BRIDGE}-${node} master ${BRIDGE} up`);
    await set(node, `addr add ${addressOf(node)}/24 dev ${BRIDGE}`);
    await set(node, `link set ${BRIDGE} up`);
  }
  return EtcdCluster.start(join(lab.folder, "etcd"), {
    members: STORAGE.length,
    hosts: STORAGE.map(addressOf),
    spawn: (argv, log, member) => lab.spawn(STORAGE[member]!, argv, { stdio: ["ignore", log, log] }),
  });
}
