import { isOperatorError } from "@florenetes/operator-text";
import { type Logger, requestAdmin } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import { z } from "zod";
import { ROLE_KEPT_MS, ROLE_LOOK_MS } from "./limits.ts";

export interface RoleWatchOptions {
  /** Path of the admin socket of the node's agent. */
  readonly agent: string;
  readonly cluster: string;
  readonly node: string;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** The role by which a node serves as a cache. */
const CACHE_ROLE = "update-cache";

const answer = z.object({
  cluster: z.string(),
  node: z.string(),
  roles: z.array(z.object({ role: z.string(), scope: z.string(), effect: z.string().nullable() })).max(1_024),
});

/** Asks the agent of the node again and again whether the node has the role of a cache. */
export class RoleWatch implements Disposable {
  readonly #options: RoleWatchOptions;
  #hasRole = false;
  #heardAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  /** Why the agent says nothing; undefined: it does. */
  fault: string | undefined;

  constructor(options: RoleWatchOptions) {
    this.#options = options;
  }

  /** Whether the node may serve now. */
  get isInForce(): boolean {
    return this.#hasRole && this.#options.time.now() - this.#heardAt < ROLE_KEPT_MS;
  }

  /** Looks for the first time, and from then on again and again. */
  async start(): Promise<void> {
    await this.#look();
    if (!this.#isOver) this.#timer = setTimeout(() => void this.start(), ROLE_LOOK_MS);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { agent, cluster, node, time, log } = this.#options;
    const before = this.isInForce;
    try {
      const told = answer.parse(await requestAdmin(agent, "/node"));
      if (told.cluster !== cluster || told.node !== node) throw new Error(`it is the agent of ${told.node}`);
      this.#hasRole = told.roles.some(isInForce);
      this.#heardAt = time.now();
      this.fault = undefined;
    } catch (error) {
      this.fault = isOperatorError(error) ? error.code : "ERR_ADMIN_ANSWER";
    }
    if (this.isInForce === before || this.#isOver) return;
    const fields = { code: before ? "ROLE_LOST" : "ROLE_HELD", reason: this.fault ?? null };
    log.info(fields, before ? "the node is no cache any more" : "the node is a cache");
  }
}

/** An agent of an earlier version says of this role that nobody acts by it. */
function isInForce({ role, scope, effect }: z.infer<typeof answer>["roles"][number]): boolean {
  return role === CACHE_ROLE && scope === "cluster" && effect !== "idle";
}
