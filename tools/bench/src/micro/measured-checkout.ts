import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Answer, Question } from "./worker.ts";

/** This code runs from its sources, in tests, and so do the workers then. */
const WORKER = import.meta.url.endsWith(".ts") ? "src/micro/worker.ts" : "dist/micro/worker.js";

/**
 * A process that measures the code of one checkout by that checkout's own bench, which knows how its code is called. It rests while it
 * is not asked.
 */
export class MeasuredCheckout implements Disposable {
  readonly #worker: ChildProcess;

  constructor(root: string) {
    const file = join(root, "tools/bench", WORKER);
    // Workers of older commits are told where they lie.
    this.#worker = fork(file, [root], { execArgv: ["--conditions=@florenetes/source"] });
  }

  /** Throws what the code of the checkout threw, and when it cannot be measured at all. */
  async prepare(subject: string, warmUpMs: number): Promise<void> {
    await this.#ask({ prepare: subject, warmUpMs });
  }

  /** Nanoseconds of CPU time per operation of what was prepared. */
  async round(milliseconds: number): Promise<number> {
    return (await this.#ask({ roundMs: milliseconds }))!;
  }

  [Symbol.dispose](): void {
    this.#worker.kill("SIGKILL");
  }

  #ask(question: Question): Promise<number | null> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error("the process that measures has died"));
      if (!this.#worker.connected) return onExit();
      this.#worker.once("exit", onExit);
      this.#worker.once("message", (answer: Answer) => {
        this.#worker.off("exit", onExit);
        if ("problem" in answer) reject(new Error(answer.problem));
        else resolve(answer.nanoseconds);
      });
      this.#worker.send(question);
    });
  }
}
