/** Compares texts by their code units: the order is the same on each machine. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
