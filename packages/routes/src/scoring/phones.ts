/** Phones of a partition, as its coordinator sees them: who is one, and what was seen of each over time. Pure. */
import { bodyOf, type PolicyBody } from "@florenetes/facts";
import type { Directory, NodeStanding } from "../directory.ts";
import type { Reports } from "../reports.ts";
import { type PhoneWord, PhoneWatch } from "./phone-watch.ts";
import { toldLinks, uplinkOf } from "./told-links.ts";

/** The role of phones, and of whatever else moves: with it a node carries for others only while the gates of phones are open. */
export const MOBILE_ROLE = "mobile-edge";

/** The grounds on which phones carry for others. */
export interface PhoneGrounds {
  /** The tier that the policy asks of phones; undefined: it lets no phone carry for others. */
  readonly tier: number | undefined;
  /** The word of the watch over a phone; undefined: nothing was seen of it. */
  readonly wordOf: (node: string) => PhoneWord | undefined;
}

/** No phone carries for others, as nothing is known. */
export const NO_PHONES: PhoneGrounds = { tier: undefined, wordOf: () => undefined };

/** Whether a node has the role of phones in its partition, in the cluster's scope or that of its organization. */
export function isMobile(
  directory: Directory,
  name: string,
  { partition, organization }: Pick<NodeStanding, "partition" | "organization">,
): boolean {
  const scopes = ["cluster", `org/${organization}`];
  return scopes.some((scope) => directory.hasRole(name, MOBILE_ROLE, partition, scope));
}

/** The tier that a policy asks of phones: by naming one it lets them carry for others. Undefined: it does not. */
export function phoneTierOf(policy: PolicyBody | undefined): number | undefined {
  return policy?.tiers?.find(({ role }) => role === MOBILE_ROLE)?.tier;
}

/** Everything that nodes have told. */
interface ToldNodes {
  readonly directory: Directory;
  readonly reports: Pick<Reports, "of">;
  readonly profiles: Pick<Reports, "of">;
}

/** Watches of phones, by their names: of those alone whose reports are held. */
export class Phones {
  readonly #watches = new Map<string, PhoneWatch>();

  /**
   * Looks at a node that has told something, if it is a phone that has reported.
   *
   * @param now Monotonic milliseconds
   */
  look(name: string, { directory, reports, profiles }: ToldNodes, now: number): void {
    const standing = directory.node(name);
    const report = reports.of(name);
    if (report === undefined || standing === undefined || !isMobile(directory, name, standing))
      return void this.#watches.delete(name);
    const watch = this.#watches.get(name) ?? new PhoneWatch();
    this.#watches.set(name, watch);
    const profile = profiles.of(name);
    const { battery, charging } = (profile && bodyOf(profile, "profile"))?.device ?? {};
    const links = toldLinks(name, bodyOf(report, "report")!, (node) => reports.of(node));
    const [, , loss, rate] = uplinkOf(links) ?? [];
    watch.look({ battery, charging, rate, loss }, now);
  }

  /** Forgets all others. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#watches.keys()) if (!names.has(name)) this.#watches.delete(name);
  }

  /** The word of the watch over a phone at a time in monotonic milliseconds; undefined: nothing was seen of it. */
  wordOf(name: string, now: number): PhoneWord | undefined {
    return this.#watches.get(name)?.at(now);
  }
}
