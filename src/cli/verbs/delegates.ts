/** Verbs whose code stands elsewhere; each loads it when it runs. @module */
import type { Command } from "../command.ts";

export const serve: Command = {
  run: async (argv, _words, _io, place) => (await import("../serve.ts")).serve(argv, place),
};

export const plane: Command = {
  run: async (argv, _words, io) => (await import("../../plane/main.ts")).planeCommand(argv, io.env),
};

export const evaluate: Command = {
  async run(argv, _words, io) {
    const { evaluateCommand } = await import("../evaluate/command.ts");
    const { out, err, env, cwd } = io;
    return evaluateCommand([...argv], { stdout: out, stderr: err, env, cwd, now: Date.now });
  },
};
