/** Lets those who do something with the same shard wait for each other. */
export class HashLocks {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<Result>(hash: string, action: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(hash) ?? Promise.resolve();
    const mine = before.then(action, action);
    const tail = mine.catch(() => {});
    this.#tails.set(hash, tail);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(hash) === tail) this.#tails.delete(hash);
    }
  }
}
