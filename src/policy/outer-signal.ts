// The callers' own signals: ONE listener per signal, however many calls wait under it, and none when none does.

export interface Linked {
  hub: Hub | undefined
  hubBefore: Linked | undefined
  hubAfter: Linked | undefined
  /** Its caller has given up. */
  abandoned(reason: unknown): void
}

export interface Hub {
  readonly signal: AbortSignal
  head: Linked | undefined
  readonly heard: () => void
}

const hubs = new WeakMap<AbortSignal, Hub>()

export function link(linked: Linked, signal: AbortSignal): void {
  let hub = hubs.get(signal)
  if (hub === undefined) hubs.set(signal, (hub = newHub(signal)))
  const { head } = hub
  if (head === undefined) signal.addEventListener('abort', hub.heard)
  else head.hubBefore = linked
  linked.hub = hub
  linked.hubBefore = undefined
  linked.hubAfter = head
  hub.head = linked
}

export function unlink(linked: Linked): void {
  const { hub, hubBefore: before, hubAfter: after } = linked
  if (hub === undefined) return
  if (before === undefined) hub.head = after
  else before.hubAfter = after
  if (after !== undefined) after.hubBefore = before
  linked.hub = undefined
  linked.hubBefore = undefined
  linked.hubAfter = undefined
  if (hub.head === undefined) hub.signal.removeEventListener('abort', hub.heard)
}

function newHub(signal: AbortSignal): Hub {
  const hub: Hub = {
    signal,
    head: undefined,
    heard() {
      // Each leaves the list as it is told; who comes meanwhile sees that the signal is aborted.
      for (let linked = hub.head; linked !== undefined; linked = hub.head) {
        unlink(linked)
        linked.abandoned(signal.reason)
      }
    },
  }
  return hub
}
