/** What keeps a process alive, by kind: open sockets, servers, files, timers of the machine. */

/** How many of each kind there are now. */
export function activeResources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** Those of which there are more now than in `before`: `TCPServerWrap: 1 more`. */
export function resourcesSince(before: ReadonlyMap<string, number>): readonly string[] {
  return [...activeResources()]
    .map(([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const)
    .filter(([, more]) => more > 0)
    .map(([kind, more]) => `${kind}: ${more} more`)
}
