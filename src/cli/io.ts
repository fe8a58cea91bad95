/** What a verb may touch: the terminal, the environment and the working directory. @module */

export interface Sink {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width in characters, 80 where there is no terminal. */
  readonly columns: number;
  /** Height in lines; absent where there is no terminal. */
  readonly rows?: number;
}
export interface Io {
  /** Data, and nothing else. */
  readonly out: Sink;
  /** Everything that is said about the data. */
  readonly err: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Fires at Ctrl-C and SIGTERM. */
  readonly interrupted: AbortSignal;
}

/** The process's own terminal and environment. */
export function processIo(): Io {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => interrupted.abort(new Interrupted(signal)));
  }
  return {
    out: sinkOf(process.stdout),
    err: sinkOf(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    interrupted: interrupted.signal,
  };
}

/** The user ended the command. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** As a shell reports it. */
  readonly exitCode: number;

  constructor(signal: "SIGINT" | "SIGTERM") {
    super(`ended by ${signal}`);
    this.exitCode = signal === "SIGINT" ? 130 : 143;
  }
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  // `periplus … | head` closes the pipe early: that is no failure of ours.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? 80;
    },
    get rows() {
      return stream.rows ?? Infinity;
    },
  };
}

/** Tells whether a sink takes colours: a terminal, and no NO_COLOR. */
export function hasColour(io: Io, sink: Sink): boolean {
  return sink.isTerminal && !io.env.NO_COLOR && io.env.TERM !== "dumb";
}
