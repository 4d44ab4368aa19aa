/** Leased routes as the vertex shows them. Pure. */
import type { LeasedRoute } from "@florenetes/facts";
import type { OverlayRoute } from "../door/overlay.ts";
import type { View } from "../door/view.ts";

type SeenRoute = View["routes"][number];

/** The name that a vertex has for a route. */
export function nameOf({ via }: Pick<LeasedRoute, "via">): string {
  return via.join(">");
}

/**
 * The routes of a view that have been ordered. Routes over the same nodes with other links or labels are others: names alone would pass one for the
 * other.
 */
export class SeenRoutes {
  readonly #rows = new Map<string, SeenRoute>();
  /** The first path that has a route, by its labels: they lead to one service at one host. */
  readonly #paths = new Map<string, string>();

  constructor({ links, overlay, routes }: Pick<View, "links" | "overlay" | "routes">) {
    const labels = new Map(links.map(({ name, label }) => [name, label]));
    const shown = new Map(routes.map((row) => [wordsOf(row.path, row.route), row]));
    for (const { name: path, routes: ordered = [] } of overlay.paths) {
      for (const route of ordered) {
        const way = wayOf(route);
        if (!this.#paths.has(way)) this.#paths.set(way, path);
        const row = shown.get(wordsOf(path, nameOf(route)));
        if (row !== undefined) this.#rows.set(wordsOf(path, labels.get(route.link), way), row);
      }
    }
  }

  /** The leased route on a path; undefined: the vertex does not have it. */
  on(path: string, route: LeasedRoute): SeenRoute | undefined {
    return this.#rows.get(wordsOf(path, route.link, wayOf(route)));
  }

  /** The path that has a leased route: after a start nothing is known of paths' names. */
  pathWith(route: LeasedRoute): string | undefined {
    return this.#paths.get(wayOf(route));
  }
}

function wayOf({ labels, via }: Pick<OverlayRoute, "labels" | "via">): string {
  return wordsOf(labels.join(), nameOf({ via }));
}

function wordsOf(...words: readonly (string | number | undefined)[]): string {
  return words.join(" ");
}
