import { LINKS_PER_MESSAGE_MAX } from "./limits.ts";
import type { LinkKey, LinkStats } from "./link.ts";
import type { PortalBody } from "./messages.ts";
import { keyText } from "./wish.ts";

/** Statistics of links, which are sent once; newer ones replace those that were not sent yet. */
export class StatsTeller {
  readonly #stats = new Map<string, LinkStats>();

  set(stats: LinkStats): void {
    this.#stats.set(keyText(stats), stats);
  }

  delete(key: LinkKey): void {
    this.#stats.delete(keyText(key));
  }

  clear(): void {
    this.#stats.clear();
  }

  /** Makes the messages that are due. */
  tell(): PortalBody[] {
    const all = [...this.#stats.values()];
    this.#stats.clear();
    const messages: PortalBody[] = [];
    for (let at = 0; at < all.length; at += LINKS_PER_MESSAGE_MAX) {
      messages.push({ kind: "link-stats", links: all.slice(at, at + LINKS_PER_MESSAGE_MAX) });
    }
    return messages;
  }
}
