/** Calls a function for each of a list. Where it throws for one, the others have their turn first, and the error is thrown behind them. */
export function forEachInTurn<T>(all: readonly T[], act: (each: T) => void): void {
  const errors: unknown[] = [];
  for (const each of all) {
    try {
      act(each);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, errors.map((error) => (error as Error).message).join("; "));
}
