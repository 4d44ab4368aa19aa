import { isOperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import type { z } from "zod";
import { AGENT_LOOK_MS } from "./limits.ts";

/** The teller of an answer: an agent is believed about its own node alone. */
interface OfNode {
  readonly cluster: string;
  readonly node: string;
}

export interface AgentWatchOptions<Told extends OfNode> extends OfNode {
  /** Path of the admin socket of the node's agent. */
  readonly agent: string;
  /** Gives the path of what is asked, as `/node`. */
  readonly route: () => string;
  readonly form: z.ZodType<Told>;
  /** Is told after each look: what was told; undefined: nothing. */
  readonly onLook: (told: Told | undefined) => void;
}

/** Asks the agent of the node for one thing again and again. */
export class AgentWatch<Told extends OfNode> implements Disposable {
  readonly #options: AgentWatchOptions<Told>;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isOver = false;
  /** Why the agent says nothing; undefined: it does. */
  fault: string | undefined;

  constructor(options: AgentWatchOptions<Told>) {
    this.#options = options;
  }

  /** Looks at once, and from then on again and again. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      clearTimeout(this.#timer);
      if (!this.#isOver) this.#timer = setTimeout(() => void this.look(), AGENT_LOOK_MS);
    });
    return this.#looking;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { agent, route, form, cluster, node, onLook } = this.#options;
    let told: Told | undefined;
    try {
      told = form.parse(await requestAdmin(agent, route()));
      if (told.cluster !== cluster || told.node !== node) throw new Error(`it is the agent of ${told.node}`);
      this.fault = undefined;
    } catch (error) {
      told = undefined;
      this.fault = isOperatorError(error) ? error.code : "ERR_ADMIN_ANSWER";
    }
    if (!this.#isOver) onLook(told);
  }
}
