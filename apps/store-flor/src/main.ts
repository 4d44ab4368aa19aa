#!/usr/bin/env -S node --disable-sigusr1
import { shutInspector } from "@florenetes/process-kit/inspector";

// First of all, since whoever connects to the inspector runs code as this process.
shutInspector();
await import("./drivers/store-flor.ts");
