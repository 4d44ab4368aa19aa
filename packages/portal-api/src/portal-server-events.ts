import type { Instance } from "@florenetes/wire-values";
import type { PortalCode } from "./codes.ts";
import type { LinkKey, LinkWish } from "./link.ts";

/** Why a cluster vertex is detached: it left, it said nothing for a second, another process took its place, or the FlorIO port
 *  lost it. */
export type DetachCode = (typeof PortalCode)["detachAsked" | "portalSilent" | "portalReplaced" | "portalGone"];

export type PortalServerEvent =
  | { readonly kind: "attached"; readonly instance: Instance }
  | { readonly kind: "detached"; readonly code: DetachCode }
  /** A cluster vertex that asks to be attached is refused. It goes on asking. */
  | { readonly kind: "refused"; readonly code: string; readonly text: string }
  /** A new link is wanted. For a live one it is told when the rate or the pins alone have changed; any other change is a
   *  `close` and an `open`. */
  | { readonly kind: "open"; readonly wish: LinkWish }
  /** A link is not wanted any more. */
  | { readonly kind: "close"; readonly key: LinkKey }
  /** 10 s without a cluster vertex: no link is wanted any more. No `close` is told for them. */
  | { readonly kind: "abandoned" };
