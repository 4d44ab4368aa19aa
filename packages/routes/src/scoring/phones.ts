/** Phones of a partition, as its coordinator sees them: who is one, and what was seen of each over time. Pure. */
import { bodyOf, type DeviceProfile, type PolicyBody, type ReportBody } from "@florenetes/facts";
import type { Directory, NodeStanding } from "../directory.ts";
import type { Reports } from "../reports.ts";
import type { CandidateReport } from "./candidate.ts";
import { shutPhoneGates } from "./gates.ts";
import { UPLINK_MS, UPLINK_TRIAL_MS } from "./limits.ts";
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

/** Words of a node about itself, by its report and its profile, as the gates of phones ask for it. */
export function toldByPhone(
  { metered, nat, endpoints }: Pick<ReportBody, "metered" | "nat" | "endpoints">,
  device: DeviceProfile | undefined,
): Pick<CandidateReport, "device" | "metered" | "nat" | "hasGoodEndpoint"> {
  return { device, metered, nat, hasGoodEndpoint: endpoints.some(({ health }) => health === "good") };
}

/** Records that open the gates of the policy, so that all others are looked at alone. */
const LET_IN = { tier: 0, phoneTier: 0 };

interface WatchedPhone {
  readonly watch: PhoneWatch;
  /** All gates were open at the last look, but for those of the policy. */
  isOpen: boolean;
}

/** Everything that nodes have told. */
interface ToldNodes {
  readonly directory: Directory;
  readonly reports: Pick<Reports, "of">;
  readonly profiles: Pick<Reports, "of">;
}

/** Watches of phones, by their names: of those alone whose reports are held. */
export class Phones {
  readonly #phones = new Map<string, WatchedPhone>();
  readonly #uplinkMs: number;

  /** @param isTrial The cluster is one for trials, where an uplink has to be good for a shorter time */
  constructor(isTrial: boolean = false) {
    this.#uplinkMs = isTrial ? UPLINK_TRIAL_MS : UPLINK_MS;
  }

  /**
   * Looks at a node that has told something, if it is a phone that has reported. Returns whether its gates are all open and were not at the last look, or the other way round; those of
   * the policy do not count.
   *
   * @param now Monotonic milliseconds
   */
  look(name: string, { directory, reports, profiles }: ToldNodes, now: number): boolean {
    const standing = directory.node(name);
    const fact = reports.of(name);
    if (fact === undefined || standing === undefined || !isMobile(directory, name, standing)) {
      this.#phones.delete(name);
      return false;
    }
    const phone = this.#phones.get(name) ?? { watch: new PhoneWatch(this.#uplinkMs), isOpen: false };
    this.#phones.set(name, phone);
    const report = bodyOf(fact, "report")!;
    const profile = profiles.of(name);
    const device = (profile && bodyOf(profile, "profile"))?.device;
    const { battery, charging } = device ?? {};
    const links = toldLinks(name, report, (node) => reports.of(node));
    const [, , loss, rate] = uplinkOf(links) ?? [];
    phone.watch.look({ battery, charging, rate, loss }, now);
    const wasOpen = phone.isOpen;
    phone.isOpen = shutPhoneGates(LET_IN, toldByPhone(report, device), phone.watch.at(now)).length === 0;
    return phone.isOpen !== wasOpen;
  }

  /** Forgets all others. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#phones.keys()) if (!names.has(name)) this.#phones.delete(name);
  }

  /** The word of the watch over a phone at a time in monotonic milliseconds; undefined: nothing was seen of it. */
  wordOf(name: string, now: number): PhoneWord | undefined {
    return this.#phones.get(name)?.watch.at(now);
  }
}
