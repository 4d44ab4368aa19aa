/** Files that tell a machine how to run our programs. Each way to install puts them in other places. */
import { join } from "node:path";
import { PROGRAMS } from "./release.ts";

/** Units of systemd; users and folders in the form of sysusers.d(5) and tmpfiles.d(5); examples of configs and of drop-ins. */
export type SystemFileKind = "unit" | "users" | "folders" | "example";

export interface SystemFile {
  readonly program: string;
  readonly kind: SystemFileKind;
  /** Its name in the folder `systemd` of the program. */
  readonly source: string;
  /** Its name on a machine. */
  readonly name: string;
}

function fileOf(program: string, kind: SystemFileKind, source: string, name: string = source): SystemFile {
  return { program, kind, source, name };
}

export const SYSTEM_FILES: readonly SystemFile[] = [
  fileOf("link-flor", "unit", "link-flor.service"),
  fileOf("cluster-flor", "unit", "cluster-flor@.service"),
  fileOf("cluster-flor", "unit", "cluster-flor-prepare@.service"),
  fileOf("fabric-flor", "unit", "fabric-flor@.service"),
  fileOf("vpn-flor", "unit", "vpn-flor@.service"),
  fileOf("control-flor", "unit", "control-flor@.service"),
  fileOf("store-flor", "unit", "store-flor@.service"),
  fileOf("update-flor", "unit", "update-flor.service"),
  fileOf("update-flor", "unit", "update-flor@.path"),
  fileOf("flor", "unit", "florenetes-issuer@.service"),
  fileOf("flor", "unit", "florenetes-keep@.service"),
  fileOf("flor", "unit", "florenetes-keep@.timer"),
  fileOf("flor", "unit", "florenetes-keep-vertex@.service"),
  fileOf("flor", "unit", "florenetes-keep-vertex@.timer"),
  fileOf("flor", "unit", "florenetes-lists@.service"),
  fileOf("flor", "unit", "florenetes-lists-vertex@.service"),
  fileOf("link-flor", "users", "sysusers.conf", "link-flor.conf"),
  fileOf("cluster-flor", "users", "sysusers.conf", "cluster-flor.conf"),
  fileOf("flor", "users", "sysusers.conf", "florenetes-issuer.conf"),
  fileOf("link-flor", "folders", "tmpfiles.conf", "link-flor.conf"),
  fileOf("link-flor", "example", "link-flor.yaml"),
  fileOf("cluster-flor", "example", "cluster-flor.yaml"),
  fileOf("fabric-flor", "example", "fabric-flor.yaml"),
  fileOf("vpn-flor", "example", "vpn-flor.yaml"),
  fileOf("vpn-flor", "example", "vpn-flor-egress.yaml"),
  fileOf("control-flor", "example", "control-flor.yaml"),
  fileOf("store-flor", "example", "store-flor.yaml"),
  fileOf("store-flor", "example", "store-flor-cache.yaml"),
  fileOf("store-flor", "example", "store-flor-holder.yaml"),
  fileOf("store-flor", "example", "store-flor-gateway.yaml"),
  fileOf("store-flor", "example", "store-flor-gateway.conf"),
  fileOf("store-flor", "example", "store-flor-keep.yaml"),
  fileOf("store-flor", "example", "store-flor-keep.conf"),
  fileOf("update-flor", "example", "update-flor.yaml"),
  fileOf("cluster-flor", "example", "low-ports.conf"),
  fileOf("flor", "example", "issuer.yaml"),
  fileOf("flor", "example", "keep.yaml"),
  fileOf("flor", "example", "keep-vertex.yaml"),
];

/** The path of a file in a checkout. */
export function sourceOf(checkout: string, { program, source }: SystemFile): string {
  return join(checkout, PROGRAMS.get(program)!, "systemd", source);
}
