import type { FabricLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";

interface View {
  readonly grants: readonly { readonly service: string; readonly until: number | null }[];
}

/** When the grant of a node's first service with a leader ends, in milliseconds of CLOCK_BOOTTIME; null: it has none. */
export async function grantEnd(fabric: FabricLab, node: string): Promise<number | null> {
  return ((await requestAdmin(fabric.doorOf(node), "/view")) as View).grants[0]!.until;
}
