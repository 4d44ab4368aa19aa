/** Compares the answers of nodes with each other, and so finds what no node can find by itself. Pure. */
import { fault, type Finding, warning } from "@florenetes/operator-text";
import type { ConfigDifference } from "./config-differences.ts";
import { NODES_NAMED_MAX } from "./limits.ts";
import type { IdentityFacts, NodeAnswer, RevocationFacts } from "./node-facts.ts";
import { isTold, type NodeFinding } from "./node-rows.ts";

type Answers = ReadonlyMap<string, NodeAnswer>;

/** Finds that some nodes run the configs of the mesh file, and others do not yet. */
export function judgeRollout(answers: Answers, differences: readonly ConfigDifference[]): readonly NodeFinding[] {
  const told = [...answers].flatMap(([node, { clusterFlor }]) => (isTold(clusterFlor) ? [node] : []));
  const behind = new Set(differences.filter(({ kind }) => kind !== "extra").map(({ node }) => node));
  const late = told.filter((node) => behind.has(node));
  if (late.length === 0 || late.length === told.length) return [];
  const done = told.length - late.length;
  const text = `a rollout is half done, or somebody has changed nodes by hand: ${done} of ${told.length} nodes run what the mesh file gives them, and not ${named(late)}`;
  return [{ ...fault(text, "`flor mesh apply` brings it to the others."), node: late[0]! }];
}

/** Warns of several versions. They work together, but an upgrade is better finished. */
export function judgeVersions(answers: Answers): readonly NodeFinding[] {
  const programs = [...answers].flatMap(([node, { clusterFlor, linkFlor }]) => [
    ...(isTold(clusterFlor) ? [{ node, version: clusterFlor.status.version }] : []),
    ...(isTold(linkFlor) ? [{ node, version: linkFlor.status.version }] : []),
  ]);
  const byVersion = [...Map.groupBy(programs, ({ version }) => version)].toSorted(
    ([, one], [, other]) => other.length - one.length,
  );
  if (byVersion.length < 2) return [];
  const groups = byVersion.map(([version, those]) => `${version} on ${named([...new Set(those.map(nodeOf))])}`);
  const text = `an upgrade is half done: nodes run different versions: ${groups.slice(0, NODES_NAMED_MAX).join("; ")}`;
  return [{ ...warning(text, "Bring all nodes to one version."), node: byVersion[1]![1][0]!.node }];
}

interface HeldLists {
  readonly node: string;
  readonly program: string;
  /** Numbers of lists, by their issuers. */
  readonly numbers: ReadonlyMap<string, bigint>;
}

/** Finds processes that do not have the newest list of a CA that any node has: they still let in the principals that it names. */
export function judgeLists(cluster: string, answers: Answers): readonly NodeFinding[] {
  const held = heldLists(cluster, answers);
  const issuers = new Set(held.flatMap(({ numbers }) => [...numbers.keys()]));
  return [...issuers].flatMap((issuer) => {
    const numberOf = ({ numbers }: HeldLists): bigint => numbers.get(issuer) ?? -1n;
    const newest = held.map(numberOf).reduce((one, other) => (one > other ? one : other));
    const has = held.filter((each) => numberOf(each) === newest);
    return held
      .filter((each) => numberOf(each) < newest)
      .map((each): NodeFinding => {
        const { node, program } = each;
        const number = numberOf(each);
        const own = number < 0n ? `no revocation list of ${issuer}` : `revocation list ${number} of ${issuer}`;
        const others = named([...new Set(has.map(nodeOf))]);
        const text = `node ${node}: ${program} has ${own}, and ${others} list ${newest}: whom that revokes is let in`;
        const advice = `Bring the newest \`crl.pem\` into the identities' folders on ${node}, and \`${program} reload\`.`;
        return { ...fault(text, advice), node };
      });
  });
}

function heldLists(cluster: string, answers: Answers): readonly HeldLists[] {
  return [...answers].flatMap(([node, { clusterFlor, linkFlor }]) => {
    const own = isTold(linkFlor) ? linkFlor.status.clusters.find((each) => each.cluster === cluster) : undefined;
    const all: readonly (readonly [string, RevocationFacts | null | undefined])[] = [
      ["link-flor", own?.revocation],
      ["cluster-flor", isTold(clusterFlor) ? clusterFlor.status.revocation : null],
    ];
    return all.flatMap(([program, facts]): HeldLists[] =>
      facts === null || facts === undefined
        ? []
        : [{ node, program, numbers: new Map(facts.lists.map(({ issuer, number }) => [issuer, BigInt(number)])) }],
    );
  });
}

interface Holder {
  readonly node: string;
  readonly principal: string;
  /** Fingerprints of the roots that the identity trusts. */
  readonly roots: ReadonlySet<string>;
  /** The root to which the identity's own certificate leads. */
  readonly own: string | undefined;
}

/**
 * Finds identities that are of another CA than the mesh, or trust another one. The mesh's CAs are those that most vertices trust. If there is
 * none, a finding says that there are several. Returns the nodes concerned, too: errors of their links about certificates follow from it.
 */
export function judgeAuthorities(
  cluster: string,
  answers: Answers,
): { readonly findings: readonly NodeFinding[]; readonly nodes: ReadonlySet<string> } {
  const holders = [...answers].flatMap(([node, answer]) => holdersOf(cluster, node, answer));
  const vertices = holders.filter(({ principal }) => principal.startsWith("vertex/"));
  const trustedBy = (root: string): number => vertices.filter(({ roots }) => roots.has(root)).length;
  const roots = new Set(holders.flatMap((holder) => [...holder.roots]));
  const common = new Set([...roots].filter((root) => 2 * trustedBy(root) > vertices.length));
  if (common.size === 0) return severalAuthorities(vertices);
  const findings = holders.flatMap(({ node, principal, roots: own, own: issuer }): NodeFinding[] => {
    const isTrusting = [...common].some((root) => own.has(root));
    const isTrusted = issuer === undefined || common.has(issuer);
    if (isTrusting && isTrusted) return [];
    const cause = isTrusting
      ? `the certificate of ${principal} is of another CA than the mesh`
      : isTrusted
        ? `the identity of ${principal} does not trust the CA of the mesh`
        : `the identity of ${principal} is of another CA than the mesh, and trusts that alone`;
    const most = Math.max(...[...common].map(trustedBy));
    const text = `node ${node}: ${cause} (root ${shortOf(issuer ?? [...own][0])}; ${most} of ${vertices.length} nodes trust ${[...common].map(shortOf).join(", ")})`;
    return [{ ...wrongAuthority(text), node }];
  });
  return { findings, nodes: new Set(findings.map(nodeOf)) };
}

function wrongAuthority(text: string): Finding {
  const advice =
    "Have this cluster's CA issue it (`flor identity request` there, `flor ca sign`, `flor identity install`), which brings the `trust.pem`.";
  return fault(text, advice);
}

/** Reports that nodes trust different CAs: no CA has the most nodes, so none can be called the right one. */
function severalAuthorities(vertices: readonly Holder[]): ReturnType<typeof judgeAuthorities> {
  const groups = [...Map.groupBy(vertices, ({ roots }) => [...roots].toSorted().join(" "))];
  if (groups.length < 2) return { findings: [], nodes: new Set() };
  const words = groups.map(([roots, those]) => `${shortOf(roots)} by ${named(those.map(nodeOf))}`);
  const text = `nodes trust different CAs, and none has the most nodes: root ${words.slice(0, NODES_NAMED_MAX).join("; root ")}`;
  const advice = "The fingerprint that `flor inspect` shows of the CA's own certificate says which of them is right.";
  return {
    findings: [{ ...fault(text, advice), node: vertices[0]!.node }],
    nodes: new Set(vertices.map(nodeOf)),
  };
}

function holdersOf(cluster: string, node: string, { clusterFlor, linkFlor }: NodeAnswer): readonly Holder[] {
  const served = isTold(linkFlor) ? linkFlor.status.clusters.filter((each) => each.cluster === cluster) : [];
  const identities = [
    ...served.map(({ certificate }) => certificate),
    ...(isTold(clusterFlor) ? clusterFlor.status.certificates : []),
  ];
  return identities.map((identity) => ({ node, principal: identity.principal, ...rootsOf(identity) }));
}

/** A root is its own issuer, so the issuer's name tells to which root a chain leads. */
function rootsOf({ certificates }: IdentityFacts): Pick<Holder, "roots" | "own"> {
  const roots = certificates.filter(({ role }) => role === "root");
  const last = certificates.findLast(({ role }) => role !== "root");
  const own = roots.find(({ issuer }) => issuer === last?.issuer)?.fingerprint;
  return { roots: new Set(roots.map(({ fingerprint }) => fingerprint)), own };
}

function nodeOf({ node }: { readonly node: string }): string {
  return node;
}

/** The beginning of a fingerprint, which is enough for people to compare. */
function shortOf(fingerprint: string | undefined): string {
  return `${(fingerprint ?? "?").slice(0, 16)}…`;
}

function named(nodes: readonly string[]): string {
  const more = nodes.length - NODES_NAMED_MAX;
  const shown = nodes.slice(0, NODES_NAMED_MAX);
  if (more > 0) return `${shown.join(", ")} and ${more} more`;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
