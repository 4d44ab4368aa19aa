/** The overlay in force: whose it is, and whether another one may take its place. */
import { type Instance, isLater } from "@florenetes/wire-values";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { NO_OVERLAY, type Overlay } from "../config/overlay.ts";
import { overlayError } from "./overlay-errors.ts";
import { judgeLinks, withLabels } from "./overlay-links.ts";
import type { OverlayOrder } from "./overlay-order.ts";
import { findRouteProblem } from "./route-problems.ts";
import { findTransitProblem } from "./transit-problems.ts";

/** An overlay, as it is kept over restarts. */
export interface KeptOverlay {
  /** Counts overlays, from 1. */
  readonly generation: number;
  /** The life of the agent that has set it. */
  readonly life: Instance;
  readonly overlay: Overlay;
}

export class OverlayState {
  #kept: KeptOverlay | undefined;

  /** @param kept The overlay that an earlier life of this process has kept; undefined: none. */
  constructor(kept?: KeptOverlay) {
    this.#kept = kept;
  }

  get overlay(): Overlay {
    return this.#kept?.overlay ?? NO_OVERLAY;
  }

  /** 0: there was never one. */
  get generation(): number {
    return this.#kept?.generation ?? 0;
  }

  get life(): Instance | undefined {
    return this.#kept?.life;
  }

  /**
   * Judges an order, and returns the overlay that would be in force after it.
   *
   * @param now Milliseconds since 1970
   * @param random A random number from 0 up to 1, for labels
   * @throws OperatorError `ERR_OVERLAY_…`: the order is refused as a whole
   */
  judge({ base, life, overlay }: OverlayOrder, config: ClusterConfig, now: number, random: () => number): KeptOverlay {
    const { generation, life: former } = this;
    if (former !== undefined && isLater(former, life)) {
      throw overlayError("ERR_OVERLAY_LIFE", `a later life of the agent (${former.id}) has set the overlay`);
    }
    if (base !== generation) {
      throw overlayError(
        "ERR_OVERLAY_BASE",
        `the overlay was made from generation ${base}, and ${generation} is in force`,
      );
    }
    const ordered = overlay.links ?? [];
    judgeLinks(ordered, config);
    const links = [...config.links, ...ordered];
    const names = new Set(links.map(({ name }) => name));
    const written = new Set(config.paths.map(({ name }) => name));
    for (const path of overlay.paths) {
      const { name, link, routes = [] } = path;
      if (written.has(name)) throw overlayError("ERR_OVERLAY_NAME", `the config file has a path ${name}`);
      const missing = [link, ...routes.map((route) => route.link)].find(
        (each) => each !== undefined && !names.has(each),
      );
      if (missing !== undefined)
        throw overlayError(
          "ERR_OVERLAY_LINK",
          `path ${name} begins with link ${missing}, which neither the config file nor the overlay has`,
        );
      const problem = findRouteProblem(routes, config.vertex, links);
      if (problem !== undefined) throw overlayError("ERR_OVERLAY_ROUTE", `path ${name}: ${problem}`);
    }
    const beyond = findTransitProblem(overlay.transit ?? [], config, names);
    if (beyond !== undefined) throw overlayError(beyond.code, beyond.message);
    const ended = [...partsOf(overlay)].find(({ until }) => until <= now);
    if (ended !== undefined)
      throw overlayError("ERR_OVERLAY_ENDED", `${ended.what} has ended ${now - ended.until} ms ago`);
    const labelled = withLabels(ordered, this.overlay.links ?? [], config, random);
    return { generation: generation + 1, life, overlay: { ...overlay, links: labelled } };
  }

  /** The overlay that `judge` has returned is in force. */
  take(kept: KeptOverlay): void {
    this.#kept = kept;
  }

  /** A link of the overlay has come up by an endpoint: returns the overlay that has it written down, if that is news. */
  noteDialled(name: string, dialled: string): KeptOverlay | undefined {
    const kept = this.#kept;
    const links = kept?.overlay.links ?? [];
    if (kept === undefined || links.every((link) => link.name !== name || link.dialled === dialled)) return undefined;
    const noted = links.map((link) => (link.name === name ? { ...link, dialled } : link));
    this.#kept = { ...kept, overlay: { ...kept.overlay, links: noted } };
    return this.#kept;
  }

  /** Nothing of an overlay stays: the config has no agent any more. */
  clear(): void {
    this.#kept = undefined;
  }

  /** When the next part of the overlay ends, in milliseconds since 1970; Infinity: none does. */
  nextEnd(now: number): number {
    const ends = [...partsOf(this.overlay)].map(({ until }) => until);
    return Math.min(Number.POSITIVE_INFINITY, ...ends.filter((until) => until > now));
  }
}

/** All parts of an overlay that end, in words for people. */
function* partsOf(overlay: Overlay): Generator<{ readonly what: string; readonly until: number }, void> {
  const { paths, leads, links = [], transit = [] } = overlay;
  for (const { name, until } of links) yield { what: `link ${name}`, until };
  for (const { name, until, routes = [] } of paths) {
    yield { what: `path ${name}`, until };
    for (const route of routes) yield { what: `route ${route.via.join(">")} of path ${name}`, until: route.until };
  }
  for (const { from, to, until } of transit) yield { what: `transit from ${from} to ${to}`, until };
  for (const { service, until } of leads) yield { what: `the lead of service ${service}`, until };
}
