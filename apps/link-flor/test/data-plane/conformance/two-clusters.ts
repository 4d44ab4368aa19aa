import { Identities } from "../../quic-link/identities.ts";
import { type Neighbourhood, untilUp } from "./neighbourhood.ts";
import { type ClusterSetting, type TestedLink, untilSettled, wantLink } from "./tested-link.ts";

/**
 * A link vertex with two clusters; each has a link to a neighbour of its own.
 *
 *     fake vertex ══ FlorIO ══╗                ╔══ UDP (demo) ══ link vertex ══ FlorIO ══ fake vertex
 *                             ╠═ link vertex ══╣
 *     fake vertex ══ FlorIO ══╝                ╚══ UDP (prod) ══ link vertex ══ FlorIO ══ fake vertex
 */
export async function linkTwoClusters<L extends TestedLink>(hood: Neighbourhood<L>) {
  const ids = new Identities();
  const of = (name: string, cluster: string): ClusterSetting => ({ cluster, identity: ids.issue(name, { cluster }) });
  const [link, demo, prod] = await Promise.all([
    hood.start([of("a", "demo"), of("a", "prod")]),
    hood.start([of("b", "demo")]),
    hood.start([of("b", "prod")]),
  ]);
  const a = { demo: link.vertex("a", "demo"), prod: link.vertex("a", "prod") };
  const b = { demo: demo.vertex("b", "demo"), prod: prod.vertex("b", "prod") };
  for (const cluster of ["demo", "prod"] as const) {
    await wantLink(b[cluster], a[cluster], link.endpoint(cluster));
  }
  const neighbours = { demo, prod };
  for (const cluster of ["demo", "prod"] as const) {
    await untilUp(a[cluster], b[cluster]);
    await untilSettled(neighbours[cluster], link, cluster);
  }
  return { ids, of, link, neighbours, a, b };
}
