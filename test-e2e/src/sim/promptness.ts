import assert from "node:assert";
import type { SimMesh } from "./sim-mesh.ts";
import { nameOf } from "./sim-names.ts";
import type { PlannedTunnel } from "./sim-plan.ts";
import { dearTalk, questionTalk, type Talk } from "./talk.ts";

/** How long a whole mesh is left alone before anything in it is timed. */
const SETTLE_MS = 1_000;
/** How many tunnels are timed. */
const TUNNELS_MAX = 3;
/** The number of answers of each tunnel that have to be prompt, and the most questions that are asked for them. */
const PROMPT_MIN = 3;
const QUESTIONS_MAX = 20;
/** The pause before the first question, at most; before the second it is twice as long, and so on. */
const PAUSE_MS_MAX = 100;
/** The probability that a bulk transfer is timed, too. */
const DEAR_PROBABILITY = 0.1;
/** Bytes that headers add to a question or an answer. */
const HEADERS_MAX = 400;

/**
 * The bounds of a prompt answer, in round trips and milliseconds: of 2,000 answers nine in ten took 3 ms more than their round trip at most.
 * The other answers meet probes of the sizes of a link or a path, which fill a slow link now and then, for some seconds.
 */
const USUAL_ROUND_TRIPS = 1.25;
const USUAL_MS = 15;
/** The bounds of all answers: probes may lose one a packet, which is then repeated. */
const WORST_ROUND_TRIPS = 3;
const WORST_MS = 1_000;
/** The bounds of a bulk transfer: a multiple of the time that the slowest link takes for it, round trips to gather speed, and
 *  milliseconds. A slow link whose session is renewed every few seconds under a full queue was seen to take five times as long. */
const BULK_FACTOR = 6;
const BULK_ROUND_TRIPS = 20;
const BULK_MS = 1_500;

/**
 * Times what workloads wait for in a whole mesh: a mistake that only costs time (a wake-up is forgotten, and another timer makes up
 * for it) is still a mistake. In meshes with rings, packets circle meanwhile, and delay nobody.
 *
 * @throws AssertionError where something takes longer than its path explains
 */
export function checkPromptness(mesh: SimMesh, tunnels: readonly PlannedTunnel[]): void {
  const { scheduler, random } = mesh.world;
  scheduler.runFor(SETTLE_MS);
  mesh.circling.start();
  for (let left = Math.min(TUNNELS_MAX, tunnels.length); left > 0; left--) checkAnswers(mesh, random.pick(tunnels));
  mesh.circling.stop();
  if (random.chance(DEAR_PROBABILITY)) checkBulk(mesh, random.pick(tunnels));
}

function checkAnswers(mesh: SimMesh, tunnel: PlannedTunnel): void {
  const { scheduler, random } = mesh.world;
  let prompt = 0;
  for (let asked = 0; prompt < PROMPT_MIN; asked++) {
    assert(asked < QUESTIONS_MAX, `${named(tunnel)}: of ${asked} answers only ${prompt} are prompt`);
    scheduler.runFor(random.below(PAUSE_MS_MAX * (asked + 1)));
    const talk = questionTalk(random);
    const roundTrip = roundTripMs(mesh, tunnel, talk);
    const took = timeOf(mesh, tunnel, talk, WORST_ROUND_TRIPS * roundTrip + WORST_MS);
    if (took <= USUAL_ROUND_TRIPS * roundTrip + USUAL_MS) prompt++;
  }
}

function checkBulk(mesh: SimMesh, tunnel: PlannedTunnel): void {
  const { random } = mesh.world;
  const talk = dearTalk(random);
  const { client, service } = talk;
  const slowest = mesh.plan.hostsOf(tunnel.way).map(([near, far]) => {
    const there = mesh.network.crossingMs(near, far, client.bytes);
    return Math.max(there, mesh.network.crossingMs(far, near, service.bytes));
  });
  const roundTrip = roundTripMs(mesh, tunnel, questionTalk(random));
  const bound = BULK_FACTOR * Math.max(...slowest) + BULK_ROUND_TRIPS * roundTrip + BULK_MS;
  timeOf(mesh, tunnel, talk, client.pauseMs + service.pauseMs + bound);
}

/** How long a workload's connection takes, until each of its ends has heard all that the other end says. */
function timeOf(mesh: SimMesh, tunnel: PlannedTunnel, talk: Talk, withinMs: number): number {
  const { scheduler } = mesh.world;
  const conversation = mesh.use(tunnel, talk)!;
  while (!conversation.isDone) {
    const elapsed = scheduler.now - conversation.beganAt;
    assert(
      elapsed < withinMs,
      `${named(tunnel)}: ${conversation.toString()} is not done within ${withinMs.toFixed(0)} ms`,
    );
    scheduler.runFor(1);
  }
  return conversation.tookMs;
}

/** How long a question and its answer are on their way where no other packets are. */
function roundTripMs({ plan, network }: SimMesh, tunnel: PlannedTunnel, { client, service }: Talk): number {
  return plan.hostsOf(tunnel.way).reduce((sum, [near, far]) => {
    const there = network.crossingMs(near, far, client.bytes + HEADERS_MAX);
    return sum + there + network.crossingMs(far, near, service.bytes + HEADERS_MAX);
  }, 0);
}

function named({ from, service }: PlannedTunnel): string {
  return `tunnel ${nameOf(from)} to ${service.name}`;
}
