import { setTimeout as sleep } from "node:timers/promises";
import type { MeshNode } from "@florenetes/mesh-file";
import { foreignText } from "@florenetes/operator-text";
import { forNodes } from "../node-commands.ts";
import { ASKED_AT_ONCE_MAX, TEXT_LENGTH_MAX } from "./limits.ts";
import { silentNode } from "./node-answer.ts";
import type { NodeAnswer } from "./node-facts.ts";

/** The nodes of a mesh, which are asked again and again. A node that is slow to answer delays no other. */
export class AskedNodes {
  readonly #nodes: readonly MeshNode[];
  readonly #ask: (node: MeshNode) => Promise<NodeAnswer>;
  readonly #answers = new Map<string, NodeAnswer>();
  /** Names of nodes that were asked and have not answered. */
  readonly #asked = new Set<string>();
  #all: Promise<unknown> = Promise.resolve();

  constructor(nodes: readonly MeshNode[], ask: (node: MeshNode) => Promise<NodeAnswer>) {
    this.#nodes = nodes;
    this.#ask = ask;
  }

  /** Asks all nodes that have answered the question before, or were not asked yet. */
  askAgain(): void {
    const idle = this.#nodes.filter(({ name }) => !this.#asked.has(name));
    for (const { name } of idle) this.#asked.add(name);
    const asking = forNodes(idle, (node) => this.#askOne(node), ASKED_AT_ONCE_MAX);
    this.#all = Promise.all([this.#all, asking]);
  }

  /** Waits until all nodes have answered, but no longer than `ms`. */
  async settle(ms: number = Number.POSITIVE_INFINITY): Promise<void> {
    if (ms === Number.POSITIVE_INFINITY) return void (await this.#all);
    const isOver = new AbortController();
    const time = sleep(ms, undefined, { signal: isOver.signal }).catch(() => undefined);
    await Promise.race([this.#all, time]).finally(() => isOver.abort());
  }

  /** Names of nodes that were asked and have not answered. */
  get missing(): readonly string[] {
    return [...this.#asked];
  }

  /** The answers by the nodes' names. The former answer of a node counts while it is asked anew. A node that has never answered is silent. */
  answers(): ReadonlyMap<string, NodeAnswer> {
    const waiting = this.missing.map(
      (name) => [name, silentNode("it has not answered yet, and is waited for")] as const,
    );
    return new Map([...waiting, ...this.#answers]);
  }

  /** A question that cannot be asked, for lack of file descriptors perhaps, leaves the node silent until the next one. */
  async #askOne(node: MeshNode): Promise<void> {
    const answer = await this.#ask(node).catch((error: unknown) => {
      return silentNode(foreignText(error instanceof Error ? error.message : String(error), TEXT_LENGTH_MAX));
    });
    this.#answers.set(node.name, answer);
    this.#asked.delete(node.name);
  }
}
