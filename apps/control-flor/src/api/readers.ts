/** Readers: principals that may ask, and what each may ask for. */
import { RateLimit } from "@florenetes/scheduling";
import type { ReaderRights } from "../reader-rights.ts";
import type { FabricView } from "../fabric/fabric-view.ts";
import { ApiError, type ApiRequest } from "./exchange.ts";
import { ORDERS_AT_ONCE, ORDERS_PER_SECOND, REQUESTS_AT_ONCE, REQUESTS_PER_SECOND } from "./limits.ts";
import { RequestBudgets } from "./request-budgets.ts";

export interface ReadersOptions {
  /** By principal, as `user/alice`. */
  readonly readers: ReadonlyMap<string, ReaderRights>;
  /** Names of hosts by which browsers come, beside those of the machine itself. */
  readonly hosts: ReadonlySet<string>;
}

interface Rates {
  readonly requests: RateLimit;
  readonly orders: RateLimit;
}

/** Names of the machine itself: pages of other sites cannot have them. */
const OWN_HOSTS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Lets requests in, by who sends them. */
export class Readers {
  #options: ReadersOptions;
  readonly #rates = new Map<string, Rates>();
  readonly #budgets = new RequestBudgets();
  readonly #strangers = new RateLimit(REQUESTS_AT_ONCE, REQUESTS_PER_SECOND);
  readonly #unproven = new RateLimit(REQUESTS_AT_ONCE, REQUESTS_PER_SECOND);

  constructor(options: ReadersOptions) {
    this.#options = options;
  }

  handleConfig(options: ReadersOptions): void {
    this.#options = options;
    for (const principal of this.#rates.keys()) if (!options.readers.has(principal)) this.#rates.delete(principal);
  }

  /** Takes the budgets of organizations. */
  handleView(view: Pick<FabricView, "records">): void {
    this.#budgets.handleView(view);
  }

  /**
   * The rights of whoever sends a request.
   *
   * @param now Monotonic milliseconds
   * @throws ApiError ERR_CONTROL_FOREIGN_HOST, ERR_CONTROL_FOREIGN_PAGE, ERR_CONTROL_BUSY, ERR_CONTROL_CERTIFICATE, ERR_CONTROL_READER, ERR_CONTROL_QUOTA
   */
  admit(request: ApiRequest, now: number): ReaderRights {
    const { principal, unproven, headers } = request;
    // A page of another site reaches a tunnel at the loopback address by a name of its own, and asks as its user. Its
    // requests are refused before they take any of the user's; to refuse one costs no more than to say that it is one too many.
    const { host = "" } = headers;
    if (!this.#isOurs(host))
      throw new ApiError("ERR_CONTROL_FOREIGN_HOST", "this replica has not the host of the request");
    if (isOfAnotherSite(headers, host) && !isOpening(request))
      throw new ApiError("ERR_CONTROL_FOREIGN_PAGE", "the request comes of a page of another site");
    const rights = unproven === undefined ? this.#options.readers.get(principal) : undefined;
    const others = unproven === undefined ? this.#strangers : this.#unproven;
    const rates = rights === undefined ? [others] : this.#ratesOf(principal, isChange(request));
    const rate = rates.find((each) => !each.take(now));
    if (rate !== undefined) {
      const seconds = Math.max(1, Math.ceil((rate.nextAt() - now) / 1_000));
      throw new ApiError("ERR_CONTROL_BUSY", "too many requests at a time", { "retry-after": String(seconds) });
    }
    if (unproven !== undefined) throw new ApiError("ERR_CONTROL_CERTIFICATE", unproven);
    if (rights !== undefined) return this.#takeOfBudgets(rights, now);
    throw new ApiError("ERR_CONTROL_READER", `${principal} is none of the readers`, { connection: "close" });
  }

  /** Whether a principal may ask at all. */
  isReader(principal: string): boolean {
    return this.#options.readers.has(principal);
  }

  #takeOfBudgets(rights: ReaderRights, now: number): ReaderRights {
    const found = this.#budgets.take(rights.organizations, now);
    if (found === undefined) return rights;
    const { seconds, ...quota } = found;
    const text = `the budget of ${quota.organization} allows ${quota.most} requests a minute, until ${quota.until}`;
    throw new ApiError("ERR_CONTROL_QUOTA", text, { "retry-after": String(seconds) }, { quota });
  }

  #ratesOf(principal: string, isOrder: boolean): readonly RateLimit[] {
    let rates = this.#rates.get(principal);
    if (rates === undefined) {
      rates = {
        requests: new RateLimit(REQUESTS_AT_ONCE, REQUESTS_PER_SECOND),
        orders: new RateLimit(ORDERS_AT_ONCE, ORDERS_PER_SECOND),
      };
      this.#rates.set(principal, rates);
    }
    return isOrder ? [rates.orders, rates.requests] : [rates.requests];
  }

  #isOurs(host: string): boolean {
    const name = host.toLowerCase().replace(/:\d{1,5}$/, "");
    return OWN_HOSTS.has(name) || this.#options.hosts.has(name);
  }
}

function isChange({ method }: ApiRequest): boolean {
  return method !== "GET" && method !== "HEAD";
}

/** A browser opens the console in a window of its own, by a link of whichever page: that page reads nothing of it. A frame is none. */
function isOpening({ method, path, headers }: ApiRequest): boolean {
  const { "sec-fetch-mode": mode, "sec-fetch-dest": destination } = headers;
  return method === "GET" && path.join("/") === "" && mode === "navigate" && destination === "document";
}

/** Browsers say from where a request comes: by `origin` (Fetch Standard), and by `sec-fetch-site`. Programs say nothing. */
function isOfAnotherSite({ origin, "sec-fetch-site": site }: ApiRequest["headers"], host: string): boolean {
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host.toLowerCase();
}
