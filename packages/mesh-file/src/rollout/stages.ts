import { TAG_DEFAULT } from "../limits.ts";
import type { Labelled, LinkLabelEntry, NodeConfig } from "./node-config.ts";

/**
 * A config with the present paths, tunnels and sessions of a node, and with all that the packets of other nodes need
 * now and in the end.
 */
export function widened(now: NodeConfig, last: NodeConfig): NodeConfig {
  return withBothLabels(unite(now, last), now, last);
}

/**
 * A config with the future paths, tunnels and sessions of a node, and with all that the packets of other nodes need now
 * and in the end.
 */
export function switched(now: NodeConfig, last: NodeConfig): NodeConfig {
  return withBothLabels(unite(last, now), now, last);
}

/** Unites two configs. Where both have an entry with the same key, that of the first counts. */
function unite(first: NodeConfig, second: NodeConfig): NodeConfig {
  const links = { ...second.links, ...first.links };
  // A link that only shares its name with the second config's takes nothing over from it.
  const isThere = (name: string): boolean => isSameLink(links[name], second.links[name]);
  const placeOf = ({ link, label }: LinkLabelEntry): string => `${label} ${link}`;
  const taken = new Set(
    [...first["cross-connects"].flatMap(({ from, to }) => [from, to]), ...first["lsp-ends"]].map(placeOf),
  );
  const isFree = (place: LinkLabelEntry): boolean => isThere(place.link) && !taken.has(placeOf(place));
  const pairs = new Set(first.transit.map((pair) => pair.toSorted(byText).join(" ")));
  return {
    ...first,
    links,
    transit: [
      ...first.transit,
      ...second.transit.filter((pair) => pair.every(isThere) && !pairs.has(pair.toSorted(byText).join(" "))),
    ],
    "cross-connects": [
      ...first["cross-connects"],
      ...second["cross-connects"].filter(({ from, to }) => isFree(from) && isFree(to)),
    ],
    "lsp-ends": [...first["lsp-ends"], ...second["lsp-ends"].filter(isFree)],
    services: Object.fromEntries(
      Object.entries({ ...second.services, ...first.services }).map(([name, service]) => {
        const allow = new Set([...service.allow, ...(second.services[name]?.allow ?? [])]);
        return [name, { ...service, allow: [...allow] }];
      }),
    ),
  };
}

/**
 * Links and services whose label changes have the new one, which the packets of others get for their reverse path from now on, and the former one
 * as their second. A former one that stands for something else by now is left out.
 */
function withBothLabels(united: NodeConfig, now: NodeConfig, last: NodeConfig): NodeConfig {
  const labelOf = (owner: Labelled, end: Labelled | undefined): number => end?.label ?? owner.label;
  const linkIn = (config: NodeConfig, name: string): NodeConfig["links"][string] | undefined => {
    const link = config.links[name];
    return isSameLink(link, united.links[name]) ? link : undefined;
  };
  const lsps = [...united["cross-connects"].flatMap(({ from, to }) => [from, to]), ...united["lsp-ends"]];
  const taken = new Set([
    ...lsps.map(({ label }) => label),
    ...Object.entries(united.links).map(([name, link]) => labelOf(link, linkIn(last, name))),
    ...Object.entries(united.services).map(([name, service]) => labelOf(service, last.services[name])),
  ]);
  const relabelled = <T extends Labelled>(owner: T, former: Labelled | undefined, end: Labelled | undefined): T => {
    const candidates = [former?.label, former?.["second-label"]];
    const second = candidates.find((label) => label !== undefined && !taken.has(label));
    if (second !== undefined) taken.add(second);
    const { "second-label": _, ...rest } = { ...owner, label: labelOf(owner, end) };
    return (second === undefined ? rest : { ...rest, "second-label": second }) as T;
  };
  return {
    ...united,
    links: mapEntries(united.links, (name, link) => relabelled(link, linkIn(now, name), linkIn(last, name))),
    services: mapEntries(united.services, (name, service) =>
      relabelled(service, now.services[name], last.services[name]),
    ),
  };
}

function mapEntries<T>(section: Readonly<Record<string, T>>, change: (name: string, value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(section).map(([name, value]) => [name, change(name, value)]));
}

function isSameLink(one: NodeConfig["links"][string] | undefined, other: typeof one): boolean {
  return one?.peer === other?.peer && one?.tag === other?.tag;
}

/** Names of the links that are in both configs, and have to be made again because something other than their labels differs. */
export function linksRemade(before: NodeConfig, after: NodeConfig): string[] {
  const rest = (link: NodeConfig["links"][string]): string =>
    canonical({ ...link, label: 0, "second-label": undefined });
  return Object.entries(after.links).flatMap(([name, link]) => {
    const former = before.links[name];
    return former !== undefined && rest(former) !== rest(link) ? [name] : [];
  });
}

/**
 * Links of a node, each as `<peer>/<tag>`, that stay down until a later step: the other end does not have them, or one
 * of the ends has yet to make them again.
 *
 * @param now The config that a node has
 * @param last The config that it is going to have
 */
export function linksAwaited(
  node: string,
  now: (node: string) => NodeConfig | undefined,
  last: (node: string) => NodeConfig | undefined,
): string[] {
  const remadeLater = (at: string): readonly string[] => {
    const [before, after] = [now(at), last(at)];
    return before === undefined || after === undefined ? [] : linksRemade(before, after);
  };
  return Object.entries(now(node)?.links ?? {}).flatMap(([name, { peer, tag = TAG_DEFAULT, role }]) => {
    const ends = Object.entries(now(peer)?.links ?? {});
    const other = ends.find(([, end]) => end.peer === node && (end.tag ?? TAG_DEFAULT) === tag);
    const isThere = other !== undefined && other[1].role !== role && !remadeLater(peer).includes(other[0]);
    return isThere && !remadeLater(node).includes(name) ? [] : [`${peer}/${tag}`];
  });
}

/** Whether two configs are equal, whatever the order of their entries. */
export function isSame(one: NodeConfig | undefined, other: NodeConfig | undefined): boolean {
  return canonical(one && unordered(one)) === canonical(other && unordered(other));
}

/** Puts lists whose order means nothing into one order. */
function unordered(config: NodeConfig): unknown {
  const inOrder = (list: readonly unknown[]): string[] => list.map(canonical).toSorted(byText);
  return {
    ...config,
    transit: inOrder(config.transit.map((pair) => pair.toSorted(byText))),
    "cross-connects": inOrder(config["cross-connects"]),
    "lsp-ends": inOrder(config["lsp-ends"]),
    services: Object.fromEntries(
      Object.entries(config.services).map(([name, service]) => [name, { ...service, allow: inOrder(service.allow) }]),
    ),
  };
}

/** A text that is equal for equal values, whatever the order of their keys. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) => {
      if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
      return Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => byText(one, other)));
    }) ?? ""
  );
}

function byText(one: string, other: string): number {
  return one < other ? -1 : 1;
}
