/*
 *   u ┄┄ a ═════ b ═════ c ┄┄ w      a reaches the world w over the egress c, and nothing of it leaves by the uplink u
 */
import { execFile, type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Capture } from "../src/capture.ts";
import { fileDigest } from "../src/file-contents.ts";
import type { OwnProcess } from "../src/own-process.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { MEGABYTE } from "../src/services.ts";
import { VpnGround, WORLD } from "../src/vpn-ground.ts";
