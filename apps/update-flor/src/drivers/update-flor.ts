process.stderr.write("update-flor is not built yet\n");
process.exitCode = 1;
