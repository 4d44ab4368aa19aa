// Looks for a word in the memory of other processes, which takes seconds: whoever asks goes on meanwhile. Prints one line, `{"found":[<pid>,…]}`. Usage: memory-look.ts WORD PID…
import { searchMemory } from "@florenetes/hostile";
import { tell } from "../tell.ts";

const [word, ...pids] = process.argv.slice(2);
const found = pids.map(Number).filter((pid) => {
  const { secret, elsewhere } = searchMemory(pid, Buffer.from(word!));
  return secret + elsewhere.length > 0;
});
tell({ found });
