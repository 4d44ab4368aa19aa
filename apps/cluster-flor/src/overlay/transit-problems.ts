import type { ClusterConfig } from "../config/cluster-config.ts";
import { SharesOfPairs } from "@florenetes/forwarding";
import { TOO_MANY_SHARES, whyBeyond } from "../config/lay-over-transit.ts";
import type { OverlayTransit } from "../config/overlay.ts";
import type { OverlayErrorCode } from "./overlay-errors.ts";

interface TransitProblem {
  readonly code: OverlayErrorCode;
  readonly message: string;
}

/**
 * Finds what is wrong with the permits of an order, but for their ends. Undefined: nothing is.
 *
 * @param links Names of all links that there are
 */
export function findTransitProblem(
  permits: readonly OverlayTransit[],
  { fabric }: Pick<ClusterConfig, "fabric">,
  links: ReadonlySet<string>,
): TransitProblem | undefined {
  let rate = 0;
  const shares = new SharesOfPairs();
  for (const permit of permits) {
    const { from, to } = permit;
    const where = `transit from ${from} to ${to}`;
    const missing = [from, to].find((name) => !links.has(name));
    if (missing !== undefined) return { code: "ERR_OVERLAY_LINK", message: `${where}: there is no link ${missing}` };
    if (from === to) return { code: "ERR_OVERLAY_LINK", message: `${where} goes back over the link that it came from` };
    const why = whyBeyond(permit, fabric?.relay, rate);
    if (why !== undefined) return { code: "ERR_OVERLAY_RELAY", message: `${where}: ${why}` };
    if (!shares.take([from, to].toSorted().join(" "), permit.share))
      return { code: "ERR_OVERLAY_FORM", message: `${where}: ${TOO_MANY_SHARES}` };
    rate += permit.rate;
  }
  return undefined;
}
