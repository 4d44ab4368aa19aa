/** The fabric's agent of this machine says whether a node may come back: the issuer itself knows no records. */
import type { Principal } from "@florenetes/identity";
import { isOperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import { monotonicNow } from "@florenetes/scheduling";
import { z } from "zod";
import { NODE_KNOWN_MS, NODES_KNOWN_MAX } from "./limits.ts";

interface NodeRecordsOptions {
  readonly cluster: string;
  /** Path of the agent's admin socket. */
  readonly agent: string;
}

/** The part of an answer that counts. */
const answerForm = z.object({
  cluster: z.string(),
  node: z.string(),
  identity: z.object({ standing: z.literal("in-force") }),
});

/** The code by which an agent says that no record of a node is in force, and with which words. */
const NO_NODE = "ERR_FABRIC_NODE";
/** Principals of agents are `service/fabric.<vertex>`. */
const AGENT_PREFIX = "fabric.";

interface Known {
  readonly until: number;
  readonly fault: Promise<string | undefined>;
}

/** Asks for one node at most once in a while, however often it comes. */
export class NodeRecords {
  readonly #options: NodeRecordsOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: NodeRecordsOptions) {
    this.#options = options;
  }

  /** Why the node of a principal may not come back, in words that follow the principal; undefined: it may, or the principal is of no node. */
  faultOf(principal: Principal): Promise<string | undefined> {
    const node = nodeOf(principal);
    if (node === undefined) return Promise.resolve(undefined);
    const now = monotonicNow();
    const known = this.#known.get(node);
    if (known !== undefined && now < known.until) return known.fault;
    if (this.#known.size >= NODES_KNOWN_MAX) this.#known.clear();
    const fault = this.#ask(node);
    this.#known.set(node, { until: now + NODE_KNOWN_MS, fault });
    return fault;
  }

  async #ask(node: string): Promise<string | undefined> {
    const { agent, cluster } = this.#options;
    try {
      const answer = await requestAdmin(agent, `/node?name=${encodeURIComponent(node)}`);
      const told = answerForm.safeParse(answer).data;
      if (told?.cluster === cluster && told.node === node) return undefined;
      return `the fabric's agent at the issuer does not say that the record of the node ${node} is in force`;
    } catch (error) {
      if (!isOperatorError(error)) throw error;
      if (error.code === NO_NODE) return `no record of the node ${node} is in force in the fabric`;
      return `the fabric's agent at the issuer does not answer (${error.code})`;
    }
  }
}

function nodeOf({ kind, name }: Principal): string | undefined {
  if (kind === "vertex") return name;
  return kind === "service" && name.startsWith(AGENT_PREFIX) ? name.slice(AGENT_PREFIX.length) : undefined;
}
