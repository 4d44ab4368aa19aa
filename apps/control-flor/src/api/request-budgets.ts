/** The budgets of organizations for requests: all principals of an organization share one. Pure. */
import { RateLimit } from "@florenetes/scheduling";
import type { FabricView } from "../fabric/fabric-view.ts";
import type { Organizations } from "../reader-rights.ts";

/** A budget that is used up. */
export interface RequestQuota {
  readonly organization: string;
  readonly of: "requests";
  /** How many a minute. */
  readonly most: number;
  /** The record of the budget, in hex, and when that ends. */
  readonly record: string;
  readonly until: string;
}

interface Bucket {
  readonly quota: RequestQuota;
  readonly limit: RateLimit;
}

const SECONDS_A_MINUTE = 60;
/** A budget of no requests at all is asked about again after so long, in seconds. */
const NONE_SECONDS = 3_600;

export class RequestBudgets {
  /** By organization. */
  #buckets: ReadonlyMap<string, Bucket> = new Map();
  #records: unknown;

  /** Takes the budgets in force. A bucket goes on while as many requests a minute are allowed. */
  handleView({ records }: Pick<FabricView, "records">): void {
    const told = records("budget");
    if (told === this.#records) return;
    this.#records = told;
    const buckets = new Map<string, Bucket>();
    for (const { id, subject, expires, body } of told) {
      const most = body.limits.find(({ of }) => of === "requests")?.most;
      if (most === undefined) continue;
      const former = this.#buckets.get(subject);
      const limit =
        former !== undefined && former.quota.most === most
          ? former.limit
          : new RateLimit(most, most / SECONDS_A_MINUTE);
      buckets.set(subject, {
        quota: { organization: subject, of: "requests", most, record: id, until: expires },
        limit,
      });
    }
    this.#buckets = buckets;
  }

  /**
   * Takes a request of whoever is of these organizations from the budget of each.
   *
   * @param now Monotonic milliseconds
   * @returns The budget that is used up, and the seconds until there is another request; undefined: the request may go on
   */
  take(organizations: Organizations, now: number): (RequestQuota & { readonly seconds: number }) | undefined {
    if (organizations === "all") return undefined;
    for (const organization of organizations) {
      const bucket = this.#buckets.get(organization);
      if (bucket === undefined || (bucket.quota.most > 0 && bucket.limit.take(now))) continue;
      const { quota, limit } = bucket;
      const seconds = quota.most === 0 ? NONE_SECONDS : Math.max(1, Math.ceil((limit.nextAt() - now) / 1_000));
      return { ...quota, seconds };
    }
    return undefined;
  }
}
