import { openMesh } from "./mesh.ts";
import { openHaproxy } from "./peers/haproxy.ts";
import { openKernelForwarding } from "./peers/kernel.ts";
import { openNebula } from "./peers/nebula.ts";
import { openSsh } from "./peers/ssh.ts";
import { openYggdrasil } from "./peers/yggdrasil.ts";
import type { SystemFactory } from "./system.ts";

interface Listed {
  readonly open: SystemFactory;
  /** The program that it needs, if Debian has a package of that name. */
  readonly program?: string;
  /** Whether it is measured in the quick run, too, and in other places, without being named. */
  readonly isQuick: boolean;
  /** It cannot go over more, by what it is. */
  readonly linksMax?: number;
}

/** All that can be measured, in the order in which it is. */
export const SYSTEMS: Readonly<Record<string, Listed>> = {
  florenetes: { open: openMesh, isQuick: true },
  haproxy: { open: openHaproxy, program: "haproxy", isQuick: true },
  yggdrasil: { open: (place) => openYggdrasil(place, "TCP"), program: "yggdrasil", isQuick: true },
  "yggdrasil-tls": { open: (place) => openYggdrasil(place, "TLS"), program: "yggdrasil", isQuick: false },
  nebula: { open: openNebula, program: "nebula", isQuick: true, linksMax: 3 },
  "ssh-aes-gcm": { open: (place) => openSsh(place, "ssh -J, AES-GCM", "aes128-gcm@openssh.com"), isQuick: true },
  ssh: { open: (place) => openSsh(place, "ssh -J, default cipher"), isQuick: false },
  kernel: { open: openKernelForwarding, isQuick: true },
};
