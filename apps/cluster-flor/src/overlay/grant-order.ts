/** The order for grants, as an agent posts it (docs/protocol/fabric-door.md). */
import { isName } from "@florenetes/operator-text";
import { type Instance, isLater } from "@florenetes/wire-values";
import { z } from "zod";
import type { GrantedService } from "../transport/service-grants.ts";
import { GRANT_MS_MAX, GRANTS_MAX } from "./limits.ts";
import { overlayError } from "./overlay-errors.ts";
import { lifeField, parseOrder } from "./overlay-order.ts";

export interface GrantOrder {
  /** The life of the agent that posts it. */
  readonly life: Instance;
  readonly grants: readonly { readonly service: string; readonly until: number }[];
}

const order = z.strictObject({
  life: lifeField,
  grants: z.array(z.strictObject({ service: z.string().refine(isName), until: z.number().min(0) })).max(GRANTS_MAX),
});

/** @throws OperatorError `ERR_OVERLAY_FORM` */
export function readGrantOrder(text: string): GrantOrder {
  const read = order.safeParse(parseOrder(text));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = issue!.path.join(".");
  throw overlayError("ERR_OVERLAY_FORM", `the grants are not in order at ${place}: ${issue!.message}`);
}

export interface GrantGround {
  /** The life of the agent that has set the overlay in force. */
  readonly life: Instance | undefined;
  /** The services of the file that need a grant. */
  readonly services: Iterable<GrantedService>;
  /** Milliseconds of the clock by which grants end. */
  readonly bootNow: number;
}

/**
 * Judges an order for grants, and returns until when services may be served, by their names.
 *
 * @throws OperatorError `ERR_OVERLAY_…`: the order is refused as a whole
 */
export function judgeGrants({ life, grants }: GrantOrder, ground: GrantGround): ReadonlyMap<string, number> {
  if (ground.life !== undefined && isLater(ground.life, life))
    throw overlayError("ERR_OVERLAY_LIFE", `a later life of the agent (${ground.life.id}) has set the overlay`);
  const services = new Set([...ground.services].map(({ service }) => service));
  const granted = new Map<string, number>();
  for (const { service, until } of grants) {
    if (!services.has(service))
      throw overlayError("ERR_OVERLAY_GRANT", `the config file has no service ${service} with \`leader: fabric\``);
    if (granted.has(service)) throw overlayError("ERR_OVERLAY_GRANT", `service ${service} is granted twice`);
    const left = until - ground.bootNow;
    if (left <= 0)
      throw overlayError("ERR_OVERLAY_ENDED", `the grant for service ${service} has ended ${Math.round(-left)} ms ago`);
    if (left > GRANT_MS_MAX) {
      const text = `the grant for service ${service} would last for ${Math.round(left)} ms, and ${GRANT_MS_MAX} is the most`;
      throw overlayError("ERR_OVERLAY_GRANT", text);
    }
    granted.set(service, until);
  }
  return granted;
}
