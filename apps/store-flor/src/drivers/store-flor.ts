process.stderr.write("store-flor is not built yet\n");
process.exitCode = 1;
