/** Whose network a link goes over, as this end can tell. Pure. */
import type { Endpoint } from "@florenetes/facts";
import type { ViewLink } from "../door/view.ts";

/**
 * The provider of a link; undefined: nobody knows. A node all of whose endpoints are of one provider names that one. Of a node with several the caller alone knows which of
 * them the link goes over: it names that of the endpoint that it has called.
 *
 * @param own The endpoints of this node that its operator has written
 * @param peers Those that the peer announces: nobody asks where this node was called, as it is on most links of a relay
 */
export function providerOf(
  { endpoint }: Pick<ViewLink, "endpoint">,
  own: readonly Endpoint[],
  peers: () => readonly Endpoint[],
): string | undefined {
  if (endpoint === null) return soleOf(own);
  const announced = peers();
  const called = announced.find((each) => each.endpoint === endpoint)?.provider;
  const isOneOfMany = announced.some(({ provider }) => provider !== undefined && provider !== called);
  return called !== undefined && isOneOfMany ? called : (soleOf(own) ?? called);
}

function soleOf(endpoints: readonly Endpoint[]): string | undefined {
  const providers = new Set(endpoints.flatMap(({ provider }) => provider ?? []));
  return providers.size === 1 ? [...providers][0] : undefined;
}
