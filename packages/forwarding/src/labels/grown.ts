/** A longer copy of a column of numbers. */
export function grown<T extends Float64Array | Uint32Array | Int32Array | Uint8Array>(column: T, length: number): T {
  const larger = new (column.constructor as new (length: number) => T)(length);
  larger.set(column);
  return larger;
}
