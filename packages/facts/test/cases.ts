/** All cases for the judge, which `write-vectors.ts` writes down: the octets, what is held, and what has to come of it. */
import { accepted } from "./cases/accepted.ts";
import { form } from "./cases/form.ts";
import { orders } from "./cases/orders.ts";
import { recovery } from "./cases/recovery.ts";
import { place, rights, signatures } from "./cases/rights.ts";
import { routes } from "./cases/routes.ts";
import type { Case } from "./cases/scene.ts";
import { collections } from "./cases/collections.ts";
import { observations } from "./cases/observations.ts";
import { releases } from "./cases/releases.ts";
import { usage } from "./cases/usage.ts";

export const cases: readonly Case[] = [
  ...accepted,
  ...form,
  ...place,
  ...rights,
  ...signatures,
  ...recovery,
  ...routes,
  ...releases,
  ...collections,
  ...orders,
  ...usage,
  ...observations,
];
