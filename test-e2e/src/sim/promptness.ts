import assert from "node:assert";
import type { SimMesh } from "./sim-mesh.ts";
import { nameOf } from "./sim-names.ts";
import type { PlannedTunnel } from "./sim-plan.ts";
import { dearTalk, questionTalk, type Talk } from "./talk.ts";

/** How long a mesh that is whole is left alone before anything in it is timed. */
const SETTLE_MS = 1_000;
/** How many tunnels are timed, and how often. */
const TUNNELS_MAX = 3;
const QUESTIONS = 4;
const PAUSE_MS_MAX = 100;
/** Probability that much is said, and timed, too. */
const DEAR_PROBABILITY = 0.3;
/** Bytes that headers add to a question or an answer. */
const HEADERS_MAX = 400;

/**
 * Two answers at least come within so many round trips and milliseconds; of 500 tunnels' answers nine in ten were 1 ms slower than their round
 * trip at most, since links and processes have turns. The others may meet probes of a link's or a path's size, which fill a slow
 * link for 60 ms.
 */
const USUAL_ROUND_TRIPS = 1.25;
const USUAL_MS = 15;
/** All answers are within these: probes may lose one a packet, which is then repeated. */
const WORST_ROUND_TRIPS = 3;
const WORST_MS = 1_000;
/** Much is said within so many times what the slowest link takes for it, so many round trips to gather speed, and these milliseconds. */
const BULK_FACTOR = 4;
const BULK_ROUND_TRIPS = 20;
const BULK_MS = 1_500;

/**
 * Times what workloads wait for in a mesh that is whole: a mistake that only costs time (a wake-up is forgotten, and another timer makes up
 * for it) is one all the same. Where there are rings, packets circle meanwhile, and keep nobody waiting.
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
  const excesses = Array.from({ length: QUESTIONS }, () => {
    scheduler.runFor(random.below(PAUSE_MS_MAX));
    const talk = questionTalk(random);
    const roundTrip = roundTripMs(mesh, tunnel, talk);
    const took = timeOf(mesh, tunnel, talk, WORST_ROUND_TRIPS * roundTrip + WORST_MS);
    return took - USUAL_ROUND_TRIPS * roundTrip;
  });
  const usual = excesses.toSorted((a, b) => a - b)[1]!;
  const over = `${usual.toFixed(1)} ms more than ${USUAL_ROUND_TRIPS} round trips`;
  assert(usual <= USUAL_MS, `${named(tunnel)}: its answers take ${over}, and ${USUAL_MS} ms at most`);
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

/** How long a workload's connection takes, until each of its ends has heard all that the other one says. */
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

/** How long a question and its answer are on their way where nothing else is. */
function roundTripMs({ plan, network }: SimMesh, tunnel: PlannedTunnel, { client, service }: Talk): number {
  return plan.hostsOf(tunnel.way).reduce((sum, [near, far]) => {
    const there = network.crossingMs(near, far, client.bytes + HEADERS_MAX);
    return sum + there + network.crossingMs(far, near, service.bytes + HEADERS_MAX);
  }, 0);
}

function named({ from, service }: PlannedTunnel): string {
  return `tunnel ${nameOf(from)} to ${service.name}`;
}
