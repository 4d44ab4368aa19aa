import { fault, type Finding, warning, formatDuration } from "@florenetes/operator-text";
import { configFindings, findingsAbout, metricsFindings, type StatusFinding } from "@florenetes/process-kit";
import { nameOf } from "../agent/watch/record-ends.ts";
import type { EndStatus, NeighbourStatus, ServiceStatus } from "./agent-status.ts";
import { CLOCK_MS } from "../agent/watch/clock-watch.ts";
import { deviceFindings } from "./device-status.ts";
import { linkFindings } from "./links-status.ts";
import { releaseFindings } from "./release-status.ts";
import type { FabricFlorStatus } from "./fabric-status.ts";

/**
 * Says what is wrong, and what to do about it. Causes come before their consequences: by a wrong clock the root may seem to have ended, without a root
 * no record counts, and without its record or its door a node reaches no service. Pure.
 */
export function judgeFabricFlor(status: Omit<FabricFlorStatus, "findings">): readonly StatusFinding[] {
  const { config, neighbours, services } = status;
  return [
    ...findingsAbout("config", configFindings(config)),
    ...findingsAbout("part", metricsFindings(status.metrics)),
    ...findingsAbout("fabric", [
      ...writeFindings(status),
      ...clockFindings(status),
      ...rootFindings(status),
      ...nodeFindings(status),
      ...doorFindings(status),
      ...linkFindings(status.links),
      ...status.ends.flatMap((end) => [...endFindings(end)]),
      ...logFindings(status),
      ...renewalFindings(status),
      ...joinFindings(status),
      ...mailFindings(status),
      ...deviceFindings(status),
      ...releaseFindings(status),
      ...services.flatMap((service) => [...serviceFindings(service, status)]),
      ...neighbours.flatMap((neighbour) => [...neighbourFindings(neighbour, status)]),
    ]),
  ];
}

type Judged = Omit<FabricFlorStatus, "findings">;

function* writeFindings({ writes }: Judged): Generator<Finding> {
  if (writes === null) return;
  const advice =
    "See whether the state folder's disk is full or read-only. Nothing is passed on until records can be written.";
  yield fault(`records cannot be written (${writes.code}: ${writes.text})`, advice);
}

/** A clock that is off by so much takes ended records for good ones, or good ones for ended. */
const CLOCK_FAULT_MS = 86_400_000;

function* clockFindings({ clock }: Judged): Generator<Finding> {
  if (clock === null) return;
  const { cause, aheadMs, by } = clock;
  // A single neighbour may as well be wrong itself: it has a finding of its own.
  if (cause === "neighbours" && by.length < 2) return;
  const off = `${formatDuration(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead" : "behind"}`;
  const why = {
    records: `the clock here is ${off}: a quorum has signed a record later than that`,
    neighbours: `the clock here is ${off}, as ${by.length} neighbours say (${by.slice(0, TOLD_MAX).join(", ")})`,
    "put-back": `the clock here was put back while the process ran (${off}), and no neighbour says that it is right`,
  }[cause];
  const advice = "Set it right (`timedatectl`): by it records are taken, refused and let go of.";
  yield Math.abs(aheadMs) >= CLOCK_FAULT_MS ? fault(why, advice) : warning(why, advice);
}

/** Ends of the root, and of a node's own record that has ended, are told with their consequences. */
function* endFindings(end: EndStatus): Generator<Finding> {
  const { kind, scope, subject, epoch, expires, endsInMs, state } = end;
  if (kind === "root" || state === "valid" || (kind === "node" && state === "expired")) return;
  const name = nameOf(end);
  const where = scope === "cluster" ? "" : ` --scope ${scope}`;
  const propose = `flor fabric propose ${kind}${kind === "policy" ? "" : ` ${subject}`}${where}`;
  if (state === "expired") {
    const advice = `Have it signed anew (\`${propose} --epoch ${epoch + 1}\`), or taken back if it is not wanted any more (\`flor fabric void\`).`;
    yield fault(`${name} has ended (${expires}): nothing counts that rests on it`, advice);
  } else {
    const advice = `Have its signers say the same again: \`${propose} --agent SOCKET\`, sign, and publish it here.`;
    yield warning(`${name} ends in ${formatDuration(endsInMs)} (${expires})`, advice);
  }
}

function* rootFindings({ root, ends }: Judged): Generator<Finding> {
  if (root === null) {
    const advice =
      "Name its file in `root-file`, hand it in with `flor fabric publish`, or wait for a neighbour's agent: `root` says which one is taken.";
    yield fault("there is no root, so that no record can be judged", advice);
    return;
  }
  if (root.isDevelopment)
    yield warning("the root is for development: one key may be enough for everything", "Use it for trials alone.");
  for (const { version, id, leftMs } of root.waiting) {
    yield warning(
      `the recovery keys have signed version ${version} of the root (sha256:${id}), which is in force after ${formatDuration(leftMs)} in which this node runs`,
      `Ask those who hold them. If it is not wanted, have the root quorum sign another version ${version} before: that ends it.`,
    );
  }
  const advice = "Have the root quorums sign the next version: `flor fabric propose root --after` makes it.";
  if (root.endsInMs <= 0) yield fault(`the root has ended (${root.expires}): no new records are taken`, advice);
  else if (ends.some(({ kind, state }) => kind === "root" && state === "expires-soon"))
    yield warning(`the root ends in ${formatDuration(root.endsInMs)}`, advice);
}

function* nodeFindings({ root, standing, node, key, ends }: Judged): Generator<Finding> {
  if (root === null || standing === "in-force") return;
  const approve = `Have the control quorum approve it: \`flor fabric approve ${node}=${key}\`, and hand the record in here.`;
  const ended = ends.find(({ kind, state }) => kind === "node" && state === "expired");
  if (standing === "no-record" && ended !== undefined) {
    const advice = `Have the control quorum approve it again: \`flor fabric approve ${node}=${key} --epoch ${ended.epoch + 1}\`, and hand the record in here.`;
    yield fault(`the record of node ${node} has ended (${ended.expires}): others let it in no more`, advice);
  } else if (standing === "no-record") yield fault(`node ${node} has no record in force`, approve);
  else if (standing === "other-key")
    yield fault(`the record of node ${node} names another key than this node's`, approve);
  else yield fault(`node ${node} was taken back: others let it in nowhere`, `If that is a mistake: ${approve}`);
}

function* doorFindings({ door, services }: Judged): Generator<Finding> {
  const { away, refused, leftOut, noRoom } = door;
  if (away !== null) yield fault(`cluster-flor's door cannot be asked (${away.code}: ${away.text})`, away.advice);
  if (refused !== null)
    yield fault(`cluster-flor refuses the overlay (${refused.code}: ${refused.text})`, refused.advice);
  for (const { what, why } of leftOut.slice(0, TOLD_MAX)) {
    yield warning(
      `cluster-flor's config does not let ${what} in (${why})`,
      "The operator's file always wins: mend it there, or leave it so.",
    );
  }
  if (noRoom.length === 0) return;
  const advice = `Have fewer than ${services.length} services wanted here.`;
  yield fault(`an overlay has no room for ${noRoom.length} services, ${noRoom[0]} first`, advice);
}

function* logFindings({ log }: Judged): Generator<Finding> {
  if (log === null) return;
  const { problem, forks, isStale, differing, signing } = log;
  if (problem !== null)
    yield warning(
      `the log is not in order (${problem.code}: ${problem.text}): records go on by neighbours`,
      problem.advice,
    );
  if (forks.length > 0) {
    const advice = "Find out who writes or signs it, and sign a policy that names the next log.";
    yield fault(`the log has two entries of the index ${forks[0]}: nobody signs checkpoints of it any more`, advice);
  }
  if (isStale) {
    const own =
      signing?.outcome === "signed" || signing === null
        ? ""
        : ` Here the last proposal was not signed: ${signing.outcome ?? "none came"}.`;
    const advice = `See \`fabric-flor status\` at the signers, more than half of whom have to agree: ${log.signers.join(", ")}.${own}`;
    yield warning("the log has had no checkpoint for an hour", advice);
  }
  if (differing.length === 0) return;
  const advice = "Compare `GET /facts` here and at a signer: records may be kept from this node, or from them.";
  yield warning(`the last checkpoint has other records than this node in: ${differing.join(", ")}`, advice);
}

function* mailFindings({ mail }: Judged): Generator<Finding> {
  if (!mail.isUnanswered) return;
  const names = mail.readers.map(({ node }) => node).join(", ") || "none that is heard any more";
  const advice = `See \`fabric-flor status\` at the control nodes (${names}) and at the neighbours on the way to them. Records that were handed in here go on once one answers.`;
  yield warning("no control node answers this node's mail", advice);
}

function* renewalFindings({ renewals, root }: Judged): Generator<Finding> {
  if (renewals === null || root === null) return;
  const { isListed, late, fault: reason } = renewals;
  if (!isListed) {
    const advice = "Have the root name it (`flor fabric propose root --program-key`), or take `rules` out of `signer`.";
    yield warning("the root does not list the key of `signer` as a program's: nothing is renewed by it", advice);
    return;
  }
  if (late === 0) return;
  const here = reason === null ? "" : ` Here the key could not sign (${reason}).`;
  const advice = `See \`fabric-flor status\` at the other nodes with a program's key, which meet in the log's store, or have people sign: \`flor fabric propose\`.${here}`;
  yield warning(
    `${late} records are past three quarters of their lives, and their renewals wait for signatures of programs`,
    advice,
  );
}

function* joinFindings({ joins, renewals, root }: Judged): Generator<Finding> {
  if (joins === null || root === null) return;
  const { isListed, canMeet, isBehind, waiting, fault: reason } = joins;
  if (reason === "ERR_FABRIC_TOKEN_USES") {
    const advice =
      "Put an intact `tokens.json` into the state folder; without one, have the root name another key for this program.";
    yield warning(`whom this program has let in by which token is not known (${reason}): it lets in nobody`, advice);
  } else if (!isListed) {
    const advice = "Have the root name it (`flor fabric propose root --program-key`), or take `rules` out of `signer`.";
    // The finding of renewals says it for both rules.
    if (renewals === null)
      yield warning("the root does not list the key of `signer` as a program's: nobody is let in by it", advice);
  } else if (!canMeet) {
    const advice = "Give it the `store` that all programs have, in one etcd: there they come together.";
    yield warning("nobody is let in with a token here: more programs than one have to sign", advice);
  } else if (isBehind && waiting > 0) {
    const advice = "It goes on by itself. If it does not, see what is wrong with the `store`.";
    yield warning("nodes with a token wait here until the log was read wholly: it says which names are taken", advice);
  } else if (reason !== null && waiting > 0) {
    yield warning(
      `the key of \`signer\` has not signed a node with a token (${reason})`,
      `Mend that: \`flor explain ${reason}\` says what to do.`,
    );
  }
}

/** Findings of one kind that are told one by one. */
const TOLD_MAX = 8;

function* serviceFindings(service: ServiceStatus, { root, door }: Judged): Generator<Finding> {
  const { service: name, active, candidate, isVoid, path, next, state, text } = service;
  if (root === null || door.away !== null) return;
  const known = active ?? candidate;
  if (known === null) {
    const why = isVoid ? "was taken back" : "has no record";
    yield fault(
      `service ${name} is wanted here, and ${why}`,
      `Have it signed: \`flor fabric propose service ${name} --host NODE\`.`,
    );
    return;
  }
  const reason = text === "" ? state : `${state}: ${text}`;
  const hosts = known.hosts.join(", ");
  if (path === null && next === null) {
    const advice =
      "A host needs a `node` record, an agent that runs and serves it, and a link or a way (`ways`) from here.";
    yield fault(`service ${name} is reached nowhere: there is no path to ${hosts}`, advice);
  } else if (path === null) {
    yield fault(`no host of service ${name} is proven (${next}, ${reason})`, HOST_ADVICE);
  } else if (candidate !== null && next !== null) {
    yield warning(
      `a newer record of service ${name} is not proven (${next}, ${reason}): streams go where they went`,
      HOST_ADVICE,
    );
  }
}

const HOST_ADVICE = "Does the host run and serve it, and does it show a key that its agent has announced?";

function* neighbourFindings(
  { peer, state, fault: why, clockAheadMs }: NeighbourStatus,
  { clock }: Judged,
): Generator<Finding> {
  if (state === "muted") {
    yield warning(
      `the agent of ${peer} is muted (${why})`,
      `See what it sends: \`fabric-flor status\` there. Its link goes on.`,
    );
  } else if (state === "waiting" && why !== "") {
    yield warning(
      `the agent of ${peer} cannot be read (${why})`,
      `Does fabric-flor run there? Records come by other neighbours meanwhile.`,
    );
  }
  if (clockAheadMs === null || Math.abs(clockAheadMs) <= CLOCK_MS) return;
  // Most of the others say that it is ours.
  if (clock?.cause === "neighbours" && clock.by.length > 1 && clock.by.includes(peer)) return;
  const direction = clockAheadMs > 0 ? "ahead of" : "behind";
  const advice = "Compare both with a third: records of a clock that is ahead are refused.";
  yield warning(`the clock of ${peer} is ${formatDuration(Math.abs(clockAheadMs))} ${direction} ours`, advice);
}
