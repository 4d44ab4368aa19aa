import type { Logger } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import { z } from "zod";
import { AgentWatch } from "./agent-watch.ts";
import { ROLE_KEPT_MS } from "./limits.ts";

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
  readonly #watch: AgentWatch<z.infer<typeof answer>>;
  #hasRole = false;
  #heardAt = Number.NEGATIVE_INFINITY;
  #wasInForce = false;

  constructor(options: RoleWatchOptions) {
    this.#options = options;
    const { agent, cluster, node } = options;
    const onLook = (told: z.infer<typeof answer> | undefined): void => this.#take(told);
    this.#watch = new AgentWatch({ agent, cluster, node, route: () => "/node", form: answer, onLook });
  }

  /** Whether the node may serve now. */
  get isInForce(): boolean {
    return this.#hasRole && this.#options.time.now() - this.#heardAt < ROLE_KEPT_MS;
  }

  /** Why the agent says nothing; undefined: it does. */
  get fault(): string | undefined {
    return this.#watch.fault;
  }

  /** Looks for the first time, and from then on again and again. */
  start(): Promise<void> {
    return this.#watch.look();
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #take(told: z.infer<typeof answer> | undefined): void {
    const { time, log } = this.#options;
    if (told !== undefined) {
      this.#hasRole = told.roles.some(isInForce);
      this.#heardAt = time.now();
    }
    const before = this.#wasInForce;
    this.#wasInForce = this.isInForce;
    if (this.#wasInForce === before) return;
    const fields = { code: before ? "ROLE_LOST" : "ROLE_HELD", reason: this.fault ?? null };
    log.info(fields, before ? "the node is no cache any more" : "the node is a cache");
  }
}

/** An agent of an earlier version says of this role that nobody acts by it. */
function isInForce({ role, scope, effect }: z.infer<typeof answer>["roles"][number]): boolean {
  return role === CACHE_ROLE && scope === "cluster" && effect !== "idle";
}
