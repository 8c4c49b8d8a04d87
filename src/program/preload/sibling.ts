// Instances of one program that begin together, before any port of theirs is held: the first that listens hands its socket up, and the
// others, which the kernel refuses (EADDRINUSE), get it from the supervisor instead. The app hears of the refusal only when there is none.
import type net from 'node:net'

/** More than the supervisor waits for a hand-up that is on its way. */
const PATIENCE_MS = 3_000

type Emit = net.Server['emit']

/** Watches over one listen(). `listen` is called with the sibling's socket. Returns whether it came to that. */
export function fromSibling(server: net.Server, key: string, listen: (handle: unknown) => void): () => boolean {
  let shared = false
  if (process.send === undefined || !process.connected) return () => false
  const own = Object.hasOwn(server, 'emit')
  const emit = server.emit as (...args: unknown[]) => boolean
  let over = false
  const done = () => {
    over = true
    if (server.emit !== mine) return
    if (own) server.emit = emit as Emit
    else delete (server as { emit?: Emit }).emit
  }
  const mine = function (this: unknown, ...args: unknown[]) {
    const refused = !over && args[0] === 'error' && (args[1] as NodeJS.ErrnoException)?.code === 'EADDRINUSE'
    if (!over && (args[0] === 'listening' || args[0] === 'error')) done()
    if (!refused) return Reflect.apply(emit, this, args)
    void ask(key).then(handle => {
      if (handle === undefined) return process.nextTick(() => Reflect.apply(emit, this, args))
      shared = true
      listen(handle)
    })
    return true
  } as Emit
  server.emit = mine
  return () => shared
}

/** Undefined: nobody of ours has it. */
function ask(key: string): Promise<unknown> {
  return new Promise(resolve => {
    const end = (handle: unknown) => {
      clearTimeout(late)
      process.off('internalMessage' as never, heard as never)
      resolve(handle)
    }
    const heard = (message: Record<string, unknown>, handle: unknown) => {
      if (message['cmd'] === 'NODE_SELFHEAL_HELD' && message['key'] === key) end(handle ?? undefined)
    }
    // Nothing else may keep the process: it listens on nothing yet.
    const late = setTimeout(end, PATIENCE_MS)
    process.on('internalMessage' as never, heard as never)
    try {
      process.send!({ cmd: 'NODE_SELFHEAL_ASK', key }, undefined, {}, error => error && end(undefined))
    } catch {
      end(undefined)
    }
  })
}
