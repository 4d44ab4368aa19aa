/** The links of an order: their form, whether the owner lets the agent have them, and their labels. */
import { DialBounds, RATE_MAX, RATE_MIN } from "@florenetes/config-file";
import { LABEL_MAX, LABEL_MIN } from "@florenetes/forwarding";
import { isName } from "@florenetes/operator-text";
import { z } from "zod";
import { OVERLAY_PATH_PREFIX } from "../config/lay-over.ts";
import { ENDPOINT_SIZE_MAX, FABRIC_LINKS_MAX } from "../config/limits.ts";
import { findLinkProblem, labelsOf, type LinkBounds, type LinkProblem } from "../config/overlay-links.ts";
import type { OverlayLink } from "../config/overlay.ts";
import { LINK_ENDPOINTS_MAX } from "./limits.ts";
import { overlayError, type OverlayErrorCode } from "./overlay-errors.ts";

const name = z.string().refine(isName);
const endpoint = z.string().max(ENDPOINT_SIZE_MAX);
const link = z.strictObject({
  name,
  peer: name,
  tag: name.default("0"),
  portal: name.optional(),
  endpoints: z.array(endpoint).max(LINK_ENDPOINTS_MAX),
  rate: z.int().min(RATE_MIN).max(RATE_MAX).optional(),
  until: z.int().min(0),
});

/** The member `links` of an order. */
export const orderedLinks: z.ZodType<OverlayLink[]> = z.array(link).max(FABRIC_LINKS_MAX).default([]);

/** The member `links` of a kept overlay, which has the labels, too. */
export const keptLinks: z.ZodType<OverlayLink[]> = z
  .array(link.extend({ label: z.int().min(LABEL_MIN).max(LABEL_MAX).optional(), dialled: endpoint.optional() }))
  .max(FABRIC_LINKS_MAX)
  .default([]);

/** The member `links` as JSON has it in an order. */
export function linksJson(links: readonly OverlayLink[]): object[] {
  return links.map(({ label: _label, dialled: _dialled, ...ordered }) => ordered);
}

/** @throws OperatorError `ERR_OVERLAY_NAME`, `ERR_OVERLAY_LINK`: names or links that stand twice, and names that are none */
export function checkLinkNames(links: readonly OverlayLink[]): void {
  const [names, keys] = [new Set<string>(), new Set<string>()];
  for (const { name, peer, tag } of links) {
    if (!name.startsWith(OVERLAY_PATH_PREFIX)) {
      throw overlayError(
        "ERR_OVERLAY_NAME",
        `link ${name} has a name that does not begin with "${OVERLAY_PATH_PREFIX}"`,
      );
    }
    if (names.has(name)) throw overlayError("ERR_OVERLAY_NAME", `link ${name} stands twice`);
    const key = `${peer} ${tag}`;
    if (keys.has(key)) throw overlayError("ERR_OVERLAY_LINK", `two links have the peer ${peer} and the tag ${tag}`);
    names.add(name);
    keys.add(key);
  }
}

const CODES: { readonly [Kind in LinkProblem["kind"]]?: OverlayErrorCode } = {
  name: "ERR_OVERLAY_NAME",
  portal: "ERR_OVERLAY_LINK",
  self: "ERR_OVERLAY_LINK",
  dial: "ERR_OVERLAY_DIAL",
};

/** Judges the links of an order by the owner's bounds. @throws OperatorError `ERR_OVERLAY_…` */
export function judgeLinks(links: readonly OverlayLink[], config: LinkBounds): void {
  if (links.length === 0) return;
  const { linksMax = 0, dial: prefixes } = config.fabric ?? {};
  if (links.length > linksMax) {
    const text = `the order has ${links.length} links, and \`links-max\` of the key \`fabric\` permits ${linksMax}`;
    throw overlayError("ERR_OVERLAY_LINKS_MAX", text);
  }
  const dial = new DialBounds(prefixes);
  for (const link of links) {
    const problem = findLinkProblem(link, config, dial);
    const code = problem && CODES[problem.kind];
    if (code !== undefined) throw overlayError(code, `link ${link.name}: ${problem!.why}`);
  }
}

/**
 * Gives each link its label: the one that it had, unless the file has that now, or a random one. So nobody else knows it before he is told, and a link that
 * goes on is the same one.
 *
 * @param random A random number from 0 up to 1
 */
export function withLabels(
  links: readonly OverlayLink[],
  former: readonly OverlayLink[],
  config: LinkBounds,
  random: () => number,
): OverlayLink[] {
  if (links.length === 0) return [];
  const taken = labelsOf(config);
  const known = new Map(former.map((link) => [`${link.peer} ${link.tag}`, link]));
  const free = (label: number | undefined): label is number => label !== undefined && !taken.has(label);
  const kept = links.map(({ peer, tag }) => {
    const { label, dialled } = known.get(`${peer} ${tag}`) ?? {};
    if (!free(label)) return { dialled };
    taken.add(label);
    return { label, dialled };
  });
  return links.map((link, index) => {
    const { dialled, label = takeLabel(taken, random) } = kept[index]!;
    const isStillDialled = dialled !== undefined && link.endpoints.includes(dialled);
    return { ...link, label, ...(isStillDialled && { dialled }) };
  });
}

/** A random label that is not taken; it is from now on. */
function takeLabel(taken: Set<number>, random: () => number): number {
  let label: number;
  do label = LABEL_MIN + Math.floor(random() * (LABEL_MAX + 1 - LABEL_MIN));
  while (taken.has(label));
  taken.add(label);
  return label;
}
