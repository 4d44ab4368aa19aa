import type { FabricLab, Lab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";

/** A part of what a vertex says of its services with `path: auto`. */
interface AutoView {
  readonly auto: readonly { readonly service: string; readonly standby: string | null }[];
}

/** A part of what a vertex says of its overlay. */
interface OverlayView {
  readonly overlay: { readonly paths: readonly { readonly name: string }[] };
}

/** A part of what a vertex says of its tunnels. */
interface TunnelCounts {
  readonly tunnels: readonly { readonly service: string; readonly standbyStreams: number }[];
}

/** The host to which new connections of a node to a service go while nothing is heard of the one in use; undefined: none is named. */
export async function standbyOf(fabric: FabricLab, node: string, service: string): Promise<string | undefined> {
  const { auto } = (await requestAdmin(fabric.doorOf(node), "/view")) as AutoView;
  return auto
    .find((each) => each.service === service)
    ?.standby?.split(".")
    .at(-1);
}

/** The hosts to which a node has paths for a service. */
export async function hostsOf(fabric: FabricLab, node: string, service: string): Promise<string[]> {
  const { overlay } = (await requestAdmin(fabric.doorOf(node), "/view")) as OverlayView;
  const names = overlay.paths.map(({ name }) => name).filter((name) => name.startsWith(`auto.${service}.`));
  return names.map((name) => name.split(".").at(-1)!);
}

/** How many connections of a node to a service have gone to a host that was not the one in use, as that was silent. */
export async function standbyStreams(lab: Lab, node: string, service: string): Promise<number> {
  const { tunnels } = (await lab.status(node)).clusterFlor as unknown as TunnelCounts;
  return tunnels.find((tunnel) => tunnel.service === service)!.standbyStreams;
}
