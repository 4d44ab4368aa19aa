#!/usr/bin/env node
await import("./command-line.ts");
