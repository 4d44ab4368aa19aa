/**
 * Whether another cache may wait for a package that this one fetches. A cache that waits for a cache keeps others waiting: so that none waits for itself, it may
 * where the package comes from a store, and else only where its name is behind ours.
 *
 * @param own the service of this cache
 * @param source the service that the package comes from; undefined: none yet
 * @param reader the service of the cache that asks; undefined: it does not say
 */
export function mayWait(own: string, source: string | undefined, reader: string | undefined): boolean {
  if (source !== undefined && !source.startsWith("update-cache.")) return true;
  return reader !== undefined && reader > own;
}
