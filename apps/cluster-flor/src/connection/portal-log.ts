import type { LinkStatus } from "@florenetes/portal-api";
import type { EventFields, RateLimitedLog } from "@florenetes/process-kit";
import type { LinkConfig } from "../config/cluster-config.ts";
import type { LinkChange } from "./links.ts";

type NamedLink = Pick<LinkConfig, "name" | "peer">;

/** Writes the log lines of one portal. */
export class PortalLog {
  readonly #log: RateLimitedLog;
  readonly #name: string;

  /** @param name the portal's */
  constructor(log: RateLimitedLog, name: string) {
    this.#log = log;
    this.#name = name;
  }

  /** A line about the portal itself. */
  portal(level: keyof RateLimitedLog, { code, ...event }: EventFields, text: string): void {
    this.#log[level]({ code, portal: this.#name, ...event }, text, `portal ${this.#name}`);
  }

  /** @param what has become of the link; `why` comes from the link vertex. */
  link(level: keyof RateLimitedLog, link: NamedLink, what: string, { code, ...event }: EventFields, why = ""): void {
    const { name, peer } = link;
    const text = `link ${name} to ${peer} ${what}${why === "" ? "" : `: ${why}`}`;
    this.#log[level]({ code, link: name, peer, ...event }, text, `link ${name}`);
  }

  /** A link's state has changed. */
  change(link: NamedLink, change: LinkChange, { code: reason, mtu, text }: LinkStatus): void {
    switch (change) {
      case "up":
        return this.link("info", link, "is up", { code: "LINK_UP", mtu });
      case "failed":
        return this.link("info", link, "does not come up", { code: "LINK_NOT_UP", reason }, text);
      case "down":
        return this.link("warn", link, "is down", { code: "LINK_DOWN", reason }, text);
      case "refused": {
        // The end that is ready first is refused by the other for a moment: nobody has made a mistake.
        const level = reason === "NOT_WANTED" ? "info" : "warn";
        return this.link(level, link, "is refused", { code: "LINK_REFUSED", reason }, text);
      }
      default:
        return undefined;
    }
  }
}
