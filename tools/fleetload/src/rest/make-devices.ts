/** The devices of a run: a folder, a node's key, two certificates and a node's record each. */
import { join } from "node:path";
import { makeSigningKey } from "@florenetes/facts/authoring";
import { openCa } from "@florenetes/identity/authority";
import { identityFolders, makeDeviceFolder } from "../device/device-files.ts";
import { DEVICE_LINKS, QUIET_SECONDS } from "../limits.ts";
import type { DeviceStart } from "../worker/messages.ts";
import type { Rest } from "./rest.ts";

/** Makes devices in the lab's folder, certified by its CA. */
export function makeDevices({ lab, fabric }: Rest, count: number): readonly DeviceStart[] {
  const ca = openCa(lab.caFolder);
  const { cluster } = lab.mesh;
  return Array.from({ length: count }, (_, index) => {
    const node = `d${index + 1}`;
    const folder = join(lab.folder, node);
    const { key, privateKey } = makeSigningKey(`node-${node}`);
    const { vertex, agent } = identityFolders(folder);
    const record = fabric.sign("node", node, { key, organization: "lab", partition: "default", "trust-tier": 0 });
    makeDeviceFolder(folder, privateKey.export({ type: "pkcs8", format: "pem" }), record);
    const plan = { cluster, node, fingerprint: fabric.fingerprint, seedsFile: join(lab.folder, "first.fact") };
    ca.issueInto(vertex, { kind: "vertex", name: node });
    ca.issueInto(agent, { kind: "service", name: `fabric.${node}` });
    return { folder, plan: { ...plan, linksMax: DEVICE_LINKS, quietSeconds: QUIET_SECONDS } };
  });
}
