import { findProgram } from "../debian.ts";
import type { NodeName, Place } from "../place.ts";
import type { System } from "../system.ts";
import { makeCertificates } from "./certificates.ts";
import { addHopRoutes, hopAddress, hopsOf, type Hop } from "./hops.ts";
import { openPeer } from "./peer.ts";

const PORT = 1194;

/** A tunnel on each link, and the kernel of b and c forwards between theirs. */
export function openOpenvpn(place: Place): Promise<System> {
  return openPeer({
    place,
    word: "openvpn",
    prepare: ({ line, folder, daemons }) => {
      const { argv, version } = findProgram("openvpn");
      const certificates = makeCertificates(folder, line.nodes);
      for (const node of line.nodes) line.run(node, "sysctl", "-qw", "net.ipv4.ip_forward=1");
      const credentials = (node: NodeName): string[] => {
        const own = ["--cert", certificates.certificate(node), "--key", certificates.key(node)];
        return ["--ca", certificates.authority, ...own];
      };
      return {
        description: {
          name: "openvpn per hop",
          version,
          topology:
            "one openvpn for each end of each link, over UDP; b and c forward between their tunnels in the kernel",
          isEncryptedEndToEnd: false,
          limits: ["Encrypted per hop: b and c read what they pass on."],
        },
        overlayHost: hopAddress(line, "d", "left"),
        startNode: async (node) => {
          for (const hop of hopsOf(line, node)) {
            const options = [...openvpnOptions(hop, hopInterface(hop)), ...credentials(node)];
            daemons.start(node, `openvpn ${hop.side}`, [...argv, "--cd", folder, ...options]);
          }
          await addHopRoutes(line, node, hopInterface);
        },
      };
    },
  });
}

function hopInterface({ side }: Hop): string {
  return `vpn-${side}`;
}

/** The node on a link's left dials and is the TLS client; both name whom they expect. */
export function openvpnOptions({ side, local, remote, inner, innerRemote, neighbour }: Hop, device: string): string[] {
  const role = side === "right" ? ["--tls-client"] : ["--tls-server", "--dh", "none"];
  const tunnel = ["--dev", device, "--dev-type", "tun", "--ifconfig", inner, innerRemote, "--disable-dco"];
  const wire = ["--proto", "udp", "--local", local, "--remote", remote, "--port", String(PORT)];
  const trust = ["--verify-x509-name", neighbour, "name", "--data-ciphers", "AES-256-GCM"];
  return [...tunnel, ...wire, ...role, ...trust, "--keepalive", "10", "60", "--persist-key", "--verb", "1"];
}
