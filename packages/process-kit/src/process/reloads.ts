/** Something that was read again and is not used: what was in use before stays. */
export interface ReloadRefusal {
  /** The file or folder. */
  readonly file: string;
  /** A code of docs/errors.md. */
  readonly code: string;
  readonly text: string;
}

/** The answer of the admin socket to `POST /reload`. */
export interface ReloadOutcome {
  /** Empty: all that was found is in use. */
  readonly refused: readonly ReloadRefusal[];
}

/**
 * Reloads, one after the other. Whoever asks while one is under way gets the next one, which sees all that is there now; many who ask
 * get the same one.
 */
export class Reloads {
  readonly #read: () => Promise<readonly ReloadRefusal[]>;
  #running: Promise<ReloadOutcome> | undefined;
  #next: Promise<ReloadOutcome> | undefined;

  /** @param read reads all again; resolves when what is in order is in use, with what is not */
  constructor(read: () => Promise<readonly ReloadRefusal[]>) {
    this.#read = read;
  }

  /** Rejects as `read` does. */
  reload(): Promise<ReloadOutcome> {
    if (this.#running === undefined) return this.#start();
    const start = (): Promise<ReloadOutcome> => {
      this.#next = undefined;
      return this.#start();
    };
    return (this.#next ??= this.#running.then(start, start));
  }

  #start(): Promise<ReloadOutcome> {
    const running = this.#read()
      .then((refused) => ({ refused }))
      .finally(() => {
        if (this.#running === running) this.#running = undefined;
      });
    return (this.#running = running);
  }
}
