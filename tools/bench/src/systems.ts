import { openMesh } from "./mesh.ts";
import { openHaproxy } from "./peers/haproxy.ts";
import { openKernelForwarding } from "./peers/kernel.ts";
import { openNebula } from "./peers/nebula.ts";
import { openSsh } from "./peers/ssh.ts";
import { openYggdrasil } from "./peers/yggdrasil.ts";
import type { SystemFactory } from "./system.ts";

interface Listed {
  readonly open: SystemFactory;
  /** Debian packages that are fetched beforehand, so that their way here is not measured. */
  readonly packages: readonly string[];
  /** When it is measured without being named: in the quick run and the full one, or in the full one alone. */
  readonly taken: "always" | "in the full run";
}

/** All that can be measured, in the order in which it is. */
export const SYSTEMS: Readonly<Record<string, Listed>> = {
  florenetes: { open: openMesh, packages: [], taken: "always" },
  haproxy: { open: openHaproxy, packages: ["haproxy"], taken: "always" },
  yggdrasil: { open: (place) => openYggdrasil(place, "tcp"), packages: ["yggdrasil"], taken: "always" },
  "yggdrasil-tls": { open: (place) => openYggdrasil(place, "tls"), packages: ["yggdrasil"], taken: "in the full run" },
  nebula: { open: openNebula, packages: ["nebula"], taken: "always" },
  "ssh-aes-gcm": {
    open: (place) => openSsh(place, { name: "ssh -J, AES-GCM", ciphers: "aes128-gcm@openssh.com" }),
    packages: [],
    taken: "always",
  },
  ssh: { open: (place) => openSsh(place, { name: "ssh -J, default cipher" }), packages: [], taken: "in the full run" },
  kernel: { open: openKernelForwarding, packages: [], taken: "always" },
};
