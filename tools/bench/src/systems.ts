import { openSerialMesh, openTlsMesh } from "./link-vertices.ts";
import { openMesh, openPortableMesh } from "./mesh.ts";
import { openHaproxy } from "./peers/haproxy.ts";
import { openKernelForwarding } from "./peers/kernel.ts";
import { openNebula, openNebulaVpn } from "./peers/nebula.ts";
import { openSocat } from "./peers/socat.ts";
import { openSsh } from "./peers/ssh.ts";
import { openYggdrasil } from "./peers/yggdrasil.ts";
import { openHandMesh, openLeasedMesh } from "./relays/leased-mesh.ts";
import { openNebulaRelays } from "./relays/nebula-relays.ts";
import { openPortableRecoveryMesh, openRecoveryMesh } from "./relays/recovery-mesh.ts";
import type { Place, PlaceName } from "./place.ts";
import type { SystemFactory } from "./system.ts";
import { openPortableVpnMesh, openVpnMesh } from "./vpn/vpn-mesh.ts";
import { openWireguard } from "./vpn/wireguard.ts";

interface Listed {
  readonly open: SystemFactory;
  /** The program that the system needs, if Debian has a package of that name. */
  readonly program?: string;
  /** Whether the quick run, and other places than the usual one, take the system without its being named. */
  readonly isQuick: boolean;
  /** The system can go over no more links. */
  readonly linksMax?: number;
  /** The system carries no datagrams. */
  readonly hasStreamsAlone?: true;
  /** The only place in which the system is measured. */
  readonly onlyIn?: PlaceName;
}

/** All systems, in the order in which they are measured. */
export const SYSTEMS: Readonly<Record<string, Listed>> = {
  florenetes: { open: openMesh, isQuick: true },
  haproxy: { open: openHaproxy, program: "haproxy", isQuick: true, hasStreamsAlone: true },
  yggdrasil: { open: (place) => openYggdrasil(place, "TCP"), program: "yggdrasil", isQuick: true },
  "yggdrasil-tls": { open: (place) => openYggdrasil(place, "TLS"), program: "yggdrasil", isQuick: false },
  nebula: { open: openNebula, program: "nebula", isQuick: true, linksMax: 3 },
  "ssh-aes-gcm": {
    open: (place) => openSsh(place, "ssh -J, AES-GCM", "aes128-gcm@openssh.com"),
    isQuick: true,
    hasStreamsAlone: true,
  },
  ssh: { open: (place) => openSsh(place, "ssh -J, default cipher"), isQuick: false, hasStreamsAlone: true },
  "florenetes-portable": { open: openPortableMesh, isQuick: true, onlyIn: "datagrams" },
  "florenetes-tls": { open: openTlsMesh, isQuick: true, onlyIn: "link-vertices" },
  "florenetes-serial": { open: openSerialMesh, isQuick: true, onlyIn: "link-vertices" },
  "florenetes-by-hand": { open: openHandMesh, isQuick: true, onlyIn: "relays" },
  "florenetes-leased": { open: openLeasedMesh, isQuick: true, onlyIn: "relays" },
  "nebula-relays": { open: openNebulaRelays, program: "nebula", isQuick: true, onlyIn: "relays" },
  "florenetes-recovery": { open: openRecoveryMesh, isQuick: true, onlyIn: "recovery" },
  "florenetes-recovery-portable": { open: openPortableRecoveryMesh, isQuick: true, onlyIn: "recovery" },
  socat: { open: openSocat, program: "socat", isQuick: true, onlyIn: "datagrams" },
  "vpn-flor": { open: openVpnMesh, isQuick: true, onlyIn: "vpn" },
  "vpn-flor-portable": { open: openPortableVpnMesh, isQuick: false, onlyIn: "vpn" },
  "nebula-vpn": { open: openNebulaVpn, program: "nebula", isQuick: true, onlyIn: "vpn" },
  "wireguard-go": { open: openWireguard, program: "wireguard-go", isQuick: true, onlyIn: "vpn" },
  kernel: { open: openKernelForwarding, isQuick: true },
};

/** Whether a system is measured in a place. */
export function isMeasuredIn({ links, of, badWire }: Place, key: string): boolean {
  const { linksMax = Infinity, hasStreamsAlone = false, onlyIn } = SYSTEMS[key]!;
  if (onlyIn !== undefined) return onlyIn === of || (onlyIn === "recovery" && of === "switch");
  if (of === "relays" || of === "recovery" || of === "switch") return false;
  // The mesh's own tunnels are what a VPN over it is held to.
  if (of === "vpn") return key === "florenetes" && badWire === undefined;
  if (of === "classes" || of === "link-vertices") return key === "florenetes";
  return links <= linksMax && !(of === "datagrams" && hasStreamsAlone);
}
