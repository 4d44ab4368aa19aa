import { openMesh, openPortableMesh } from "./mesh.ts";
import { openHaproxy } from "./peers/haproxy.ts";
import { openKernelForwarding } from "./peers/kernel.ts";
import { openNebula } from "./peers/nebula.ts";
import { openSocat } from "./peers/socat.ts";
import { openSsh } from "./peers/ssh.ts";
import { openYggdrasil } from "./peers/yggdrasil.ts";
import type { Place } from "./place.ts";
import type { SystemFactory } from "./system.ts";

interface Listed {
  readonly open: SystemFactory;
  /** The program that it needs, if Debian has a package of that name. */
  readonly program?: string;
  /** Whether it is measured in the quick run, too, and in other places, without being named. */
  readonly isQuick: boolean;
  /** It cannot go over more, by what it is. */
  readonly linksMax?: number;
  /** Whether it is measured where datagrams are: too, unless this says otherwise. */
  readonly datagrams?: "never" | "only";
}

/** All that can be measured, in the order in which it is. */
export const SYSTEMS: Readonly<Record<string, Listed>> = {
  florenetes: { open: openMesh, isQuick: true },
  haproxy: { open: openHaproxy, program: "haproxy", isQuick: true, datagrams: "never" },
  yggdrasil: { open: (place) => openYggdrasil(place, "TCP"), program: "yggdrasil", isQuick: true },
  "yggdrasil-tls": { open: (place) => openYggdrasil(place, "TLS"), program: "yggdrasil", isQuick: false },
  nebula: { open: openNebula, program: "nebula", isQuick: true, linksMax: 3 },
  "ssh-aes-gcm": {
    open: (place) => openSsh(place, "ssh -J, AES-GCM", "aes128-gcm@openssh.com"),
    isQuick: true,
    datagrams: "never",
  },
  ssh: { open: (place) => openSsh(place, "ssh -J, default cipher"), isQuick: false, datagrams: "never" },
  "florenetes-portable": { open: openPortableMesh, isQuick: true, datagrams: "only" },
  socat: { open: openSocat, program: "socat", isQuick: true, datagrams: "only" },
  kernel: { open: openKernelForwarding, isQuick: true },
};

/** Whether a place is one that the system is measured in. */
export function isMeasuredIn({ links, of }: Place, key: string): boolean {
  const { linksMax = Infinity, datagrams } = SYSTEMS[key]!;
  if (of === "classes" && key !== "florenetes") return false;
  return links <= linksMax && datagrams !== (of === "datagrams" ? "never" : "only");
}
