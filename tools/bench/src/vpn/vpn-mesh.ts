import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLab, programArguments } from "@florenetes/meshlab";
import { nodesOver, type Place } from "../place.ts";
import { SERVICES, type System, type SystemFactory } from "../system.ts";
import { BEHIND_NETWORK, openPeerBehind } from "./behind.ts";

const SERVICE = "vpn-egress.main";
/** Clients and the mesh run as the same user here. The networks of the VPN are not those of the links, so that none of the mesh's packets enters it. */
const NO_MESH_USER = 65_534;
/** Classes by ports: round trips and transfers are told apart as those of the mesh are where it has classes. */
const CLASSES = `classes: { ports: { ${SERVICES.echo}: interactive, ${SERVICES.iperf}: bulk } }`;

/** A VPN of this checkout: vpn-flor leads packets of a into a data session with the mesh, and out of it on d. */
export const openVpnMesh: SystemFactory = (place) => raiseVpn(place, openLab, "florenetes, vpn-flor");

/** The VPN over the portable engine. */
export const openPortableVpnMesh: SystemFactory = (place) =>
  raiseVpn(
    place,
    (mesh, options) =>
      openLab(mesh, { ...options, environment: { ...options?.environment, FLORENETES_ENGINE: "portable" } }),
    "florenetes, vpn-flor, portable engine",
  );

async function raiseVpn(place: Place, open: typeof openLab, name: string): Promise<System> {
  const folder = mkdtempSync(join(tmpdir(), "florbench-"));
  const sockets = { client: join(folder, "client.sock"), egress: join(folder, "egress.sock") };
  const sections = {
    a: `up: { pool: main, session: ${sockets.client}, networks: [ ${BEHIND_NETWORK} ], mesh-user: ${NO_MESH_USER} }`,
    d: `egress: { pool: main, listen: ${sockets.egress}, addresses: [ 100.64.0.0/16 ], networks: [ ${BEHIND_NETWORK} ], nat: false }`,
  };
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const system = await openPeerBehind({
      place,
      openLab: open,
      mesh: {
        services: { [SERVICE]: { node: "d", target: `session+unix:${sockets.egress}`, allow: ["user/alice"] } },
        sessions: [
          {
            node: "a",
            listen: `unix:${sockets.client}`,
            as: "user/alice",
            services: { [SERVICE]: { path: [...nodesOver(place.links)] } },
          },
        ],
        tunnels: [],
      },
      prepare: async (line) => {
        const { lab } = line;
        await lab.up();
        return {
          description: { name, version: "this checkout", isEncryptedEndToEnd: true },
          processes: () =>
            new Map([
              ...lab.pids().map(({ node, process, pid }): [string, number] => [`${node} ${process}`, pid]),
              ...line.daemons(),
            ]),
          startNode: (node) => {
            if (node !== "a" && node !== "d") return;
            const file = join(folder, `${node}.yaml`);
            writeFileSync(
              file,
              `cluster: bench\nadmin: ${join(folder, `${node}.sock`)}\n${CLASSES}\n${sections[node]}\n`,
            );
            line.start(node, "vpn-flor", [process.execPath, ...programArguments("vpn-flor"), "run", "--config", file]);
          },
        };
      },
    });
    const down = async (): Promise<void> => {
      await system[Symbol.asyncDispose]();
      close();
    };
    return { ...system, [Symbol.asyncDispose]: down };
  } catch (error) {
    close();
    throw error;
  }
}
