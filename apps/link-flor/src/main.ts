#!/usr/bin/env -S node --disable-sigusr1
import { setFlagsFromString } from "node:v8";
import { shutInspector } from "@florenetes/process-kit/inspector";

// First of all, since whoever connects to the inspector runs code as this process.
shutInspector();

// V8 lets the space of new objects grow with what survives in it, to 134 MB after some ten thousand connections, and gives
// nothing back. At its first size, 1 MB, objects stay in the processor's cache, too. The space already grows while modules
// load, so the flag is set before they do.
setFlagsFromString("--semi-space-growth-factor=1");
await import("./drivers/link-flor.ts");
