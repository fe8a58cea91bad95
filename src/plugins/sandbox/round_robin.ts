/** Shares one thread between plugins: each in turn, so that a busy one delays the others by one slice. @module */

type Work = () => void;

/**
 * A scheduler of guest work. `later` must let other events of the thread happen before it calls
 * back.
 */
export function roundRobin(
  later: (next: () => void) => void,
): (plugin: string, work: Work) => Promise<void> {
  // A map keeps its order: the plugin whose turn it is stands first.
  const queues = new Map<string, Work[]>();
  let awake = false;
  const next = (): void => {
    const first = queues.entries().next();
    if (first.done) {
      awake = false;
      return;
    }
    const [plugin, queue] = first.value;
    const work = queue.shift()!;
    queues.delete(plugin);
    if (queue.length > 0) queues.set(plugin, queue);
    work();
    later(next);
  };
  return (plugin, work) =>
    new Promise<void>((resolve, reject) => {
      const queue = queues.get(plugin) ?? [];
      queues.set(plugin, queue);
      queue.push(() => {
        try {
          work();
          resolve();
        } catch (error) {
          reject(error as Error);
        }
      });
      if (awake) return;
      awake = true;
      queueMicrotask(next);
    });
}
