/** News of the leases that this node uses: that there is one, that it is held while its coordinator is silent, that none is good any more. Pure. */
import type { AgentNews } from "../agent-orders.ts";
import type { LeaseInUse } from "./lease-desk.ts";

export class StandingNews {
  /** Standings of leases that were told last, by their hosts. */
  readonly #told = new Map<string, string>();

  /** The news of leases whose standing is another one than it was. */
  follow(inUse: Iterable<LeaseInUse>): AgentNews[] {
    const news: AgentNews[] = [];
    const now = new Map([...inUse].map(({ key, lease, standing }) => [key, { standing, lease }]));
    for (const [key, { standing, lease }] of now) {
      const before = this.#told.get(key);
      this.#told.set(key, standing);
      if (before === standing) continue;
      const { service, host, coordinator } = lease;
      const about = { service, host, coordinator };
      if (standing === "held")
        news.push({
          level: "warn",
          code: "LEASE_HELD",
          about,
          text: "the lease has ended, and its coordinator is silent: its routes go on for a while",
        });
      else news.push({ level: "info", code: "LEASE_TAKEN", about, text: "routes to the host are leased" });
    }
    for (const key of this.#told.keys()) {
      if (now.has(key)) continue;
      this.#told.delete(key);
      const [, service, host] = key.split(" ");
      news.push({
        level: "warn",
        code: "LEASE_OVER",
        about: { service: service!, host: host! },
        text: "no lease to the host is good any more",
      });
    }
    return news;
  }
}
