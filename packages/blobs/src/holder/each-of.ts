/** Does something for each item, for so many at once. Ends early once the signal is aborted. */
export async function eachOf<Item>(
  items: readonly Item[],
  width: number,
  signal: AbortSignal,
  action: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && !signal.aborted) {
      const item = items[next++]!;
      // oxlint-disable-next-line no-await-in-loop -- the width is what bounds them
      await action(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
