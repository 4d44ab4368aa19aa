import { openHaproxy } from "./peers/haproxy.ts";
import { openNebula } from "./peers/nebula.ts";
import { openOpenvpn } from "./peers/openvpn.ts";
import { openTinc } from "./peers/tinc.ts";
import { openWireguard } from "./peers/wireguard.ts";
import { openYggdrasil } from "./peers/yggdrasil.ts";
import type { SystemFactory } from "./system.ts";
import { openKernelForwarding } from "./systems/kernel.ts";
import { openMesh } from "./systems/mesh.ts";
import { openSsh } from "./systems/ssh.ts";

interface Listed {
  readonly open: SystemFactory;
  /** When it is measured without being named: in the quick run and the full one, in the full one, or never. */
  readonly taken: "always" | "in the full run" | "when named";
}

/** All that can be measured, in the order in which it is. */
export const SYSTEMS: Readonly<Record<string, Listed>> = {
  florenetes: { open: openMesh, taken: "always" },
  haproxy: { open: openHaproxy, taken: "always" },
  yggdrasil: { open: () => openYggdrasil("tcp"), taken: "always" },
  "yggdrasil-tls": { open: () => openYggdrasil("tls"), taken: "in the full run" },
  nebula: { open: openNebula, taken: "always" },
  "ssh-aes-gcm": {
    open: () => openSsh({ name: "ssh -J, AES-GCM", ciphers: "aes128-gcm@openssh.com" }),
    taken: "always",
  },
  ssh: { open: () => openSsh({ name: "ssh -J, default cipher" }), taken: "in the full run" },
  tinc: { open: openTinc, taken: "when named" },
  openvpn: { open: openOpenvpn, taken: "when named" },
  wireguard: { open: openWireguard, taken: "when named" },
  kernel: { open: openKernelForwarding, taken: "always" },
};
