import { isShownAsIs } from "@florenetes/operator-text";
import { PortalCode } from "./codes.ts";
import { ENDPOINT_LENGTH_MAX, PEER_LENGTH_MAX, TAG_LENGTH_MAX } from "./limits.ts";
import type { LinkKey, LinkStateKind, LinkStatus, LinkWish } from "./link.ts";
import { areGoodPins, areSamePins } from "./pins.ts";

/** The feature of a link vertex that heeds `unanswered_max`. */
export const CALL_LIMIT_FEATURE = "call-limit";

/** A text that no other key has, whatever the names hold. */
export function keyText({ peer, tag }: LinkKey): string {
  return `${peer.length}:${peer}${tag}`;
}

export function isGoodKey({ peer, tag }: LinkKey): boolean {
  return peer !== "" && tag !== "" && isShownAsIs(peer, PEER_LENGTH_MAX) && isShownAsIs(tag, TAG_LENGTH_MAX);
}

/** Checks names, lengths and pins; and an originator needs an endpoint to call. */
export function isGoodWish(wish: LinkWish): boolean {
  if (!isGoodKey(wish) || !isShownAsIs(wish.endpoint, ENDPOINT_LENGTH_MAX) || !areGoodPins(wish.pins)) return false;
  return wish.role === "acceptor" || wish.endpoint !== "";
}

/** Whether two wishes want the same link, whatever their rates, pins and limits of calls. */
export function isSameLink(a: LinkWish, b: LinkWish): boolean {
  return a.peer === b.peer && a.tag === b.tag && a.role === b.role && a.endpoint === b.endpoint;
}

export function isSameWish(a: LinkWish, b: LinkWish): boolean {
  return isSameLink(a, b) && a.rate === b.rate && a.unansweredMax === b.unansweredMax && areSamePins(a.pins, b.pins);
}

export function isSameStatus(a: LinkStatus, b: LinkStatus): boolean {
  return (
    a.state === b.state &&
    a.handle === b.handle &&
    a.mtu === b.mtu &&
    a.preferredMtu === b.preferredMtu &&
    a.isCongested === b.isCongested &&
    a.congestedClasses === b.congestedClasses &&
    a.quietSeconds === b.quietSeconds &&
    a.code === b.code &&
    a.text === b.text
  );
}

/** The status of a link that is not up. */
export function noLink(
  { peer, tag }: LinkKey,
  state: Exclude<LinkStateKind, "up">,
  code: string,
  text: string,
): LinkStatus {
  return { peer, tag, state, handle: 0, mtu: 0, preferredMtu: 0, code, text, isCongested: false };
}

/** The status of a link whose wish makes no sense, so that no link vertex is asked for it. */
export function refusedWish(key: LinkKey): LinkStatus {
  return noLink(
    key,
    "refused",
    PortalCode.invalidWish,
    "the wish is incomplete, its names are too long, or it has too many pins",
  );
}

/** The status of a link that is not asked for: its link vertex would let any key in. */
export function unpinnedWish(key: LinkKey): LinkStatus {
  const text = "the link has pinned keys, and its link vertex does not know of pins: update it";
  return noLink(key, "refused", PortalCode.pinsUnsupported, text);
}
