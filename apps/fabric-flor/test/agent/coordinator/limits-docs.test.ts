/** The numbers of a coordinator in docs/protocol/fabric-routes.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../../../src/agent/coordinator/limits.ts";
import * as agent from "../../../src/agent/limits.ts";
import * as routes from "../../../src/agent/routes/limits.ts";

const page = readFileSync(
  join(import.meta.dirname, "../../../../../docs/protocol/fabric-routes.md"),
  "utf8",
).replaceAll(/\s+/g, " ");

test.each([
  `answered ${limits.LETTERS_PER_SECOND} a second in the long run, ${limits.LETTERS_BURST} at once`,
  `at once, and again ${limits.SEND_AGAIN_MS / 1_000} s later, as nobody acknowledges it`,
  `no sooner than ${limits.TELL_MS / 1_000} s behind the last time, and then what the host says by then`,
  `gets permits at most each ${limits.PERMITS_MS} ms`,
  `sent again after ${limits.SEND_AGAIN_MS / 1_000} seconds where it is not acknowledged, ${limits.SENDS_MAX} times in all`,
  `was silent, is in no new lease for ${limits.AVOID_MS / 1_000} seconds`,
  `permits that end within ${limits.LIFE_MS / 3_000} seconds`,
  `hears within these ${limits.START_MS / 1_000} seconds`,
  `at half of its life, when its clock comes to full ${limits.RENEWED_MS / 1_000} seconds`,
  `Each ${limits.SAFER_MS / 1_000} seconds, and ${limits.CHANGE_MS / 1_000} seconds behind the last time`,
  `lives for ${agent.PROFILE_LIFE_MS / 60_000} minutes, and a node makes one each ${agent.PROFILE_LIFE_MS / 120_000} minutes`,
  `at once, at most each ${agent.REPORT_AGAIN_MS / 1_000} seconds, where anything but the charge has changed, or the charge has passed ${agent.CHARGE_STEPS.join(" or ")} percent`,
  `nothing has been done for ${agent.REST_AFTER_MS / 1_000} s: it carries nothing`,
  `each ${agent.REST_REPORT_MS / 60_000} minutes, to all of them at about the same time`,
  `and live for ${agent.REST_REPORT_LIFE_MS / 60_000} minutes`,
  `writes ${agent.REST_RENEWED_MS / 1_000} s behind the half of the life of a lease that it uses, and each ${agent.REST_AGAIN_MS / 1_000} s from then on`,
  `it looks for that each ${agent.REST_LOOK_MS / 1_000} s`,
  `forgets a node that was silent for ${limits.GUEST_MS / 60_000} minutes`,
  `The first ${limits.SHARED_MAX} organizations that get leases in an hour`,
  `asks for something else, at most each ${limits.CHANGE_MS / 1_000} seconds`,
  `Up to ${routes.SILENT_JITTER_MS / 1_000} s later`,
  `heard for ${routes.STEADY_MS / 1_000} s, or for ${routes.NEW_MS / 1_000} s where it was not silent before, and up to ${routes.MOVE_JITTER_MS / 1_000} s later`,
  `each ${routes.SHORT_MS / 1_000} s the next one in rank is asked, too`,
  `${routes.SETTLE_MS / 1_000} s longer, and then no more`,
  `Whoever is asked is asked for ${routes.ASKED_LEAST_MS / 1_000} s at least`,
  `leaves the former routes in the overlay for ${routes.FORMER_ROUTES_MS / 1_000} seconds`,
  `A silence is remembered for ${routes.SILENCE_KEPT_MS / 60_000} minutes`,
  `for ${routes.PASSED_MS / 60_000} minutes the origin asks the other one`,
])("docs/protocol/fabric-routes.md says: %s", (sentence) => expect(page).toContain(sentence));
