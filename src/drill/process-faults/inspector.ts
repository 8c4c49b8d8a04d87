// Runs a line of JavaScript inside a running Node program that knows nothing of it: SIGUSR1 opens Node's own inspector, the line is
// evaluated, and the inspector is closed again. Nothing needs to be prepared in the program.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { SelfhealError } from '../../core/index.ts'

const PATIENCE_MS = 5_000
const ASK_AGAIN_MS = 250
/** The last to ask closes it. */
const CLOSE = `clearTimeout(globalThis[Symbol.for('selfheal.drill.close')])
globalThis[Symbol.for('selfheal.drill.close')] = setTimeout(() => process.getBuiltinModule('node:inspector').close(), 200).unref()`

/** Evaluates `code`; resolves to what it came to. Rejects with SelfhealError when nobody answers. */
export async function insideLife(pid: number, code: string): Promise<unknown> {
  const endMs = performance.now() + PATIENCE_MS
  let askedMs = Number.NEGATIVE_INFINITY
  while (performance.now() < endMs) {
    for (const port of portsOf(pid)) {
      const url = await inspectorOn(port)
      if (url === undefined) continue
      // It may have been closing after somebody's last line: then it is asked for again.
      const said = await evaluate(url, `${CLOSE}; process.pid === ${pid} ? { value: (() => { ${code} })() } : null`)
      if (said !== 'gone' && said.value !== null) return (said.value as { value?: unknown } | undefined)?.value
    }
    if (performance.now() - askedMs > ASK_AGAIN_MS) {
      process.kill(pid, 'SIGUSR1')
      askedMs = performance.now()
    }
    await wait(20)
  }
  throw new SelfhealError(
    'SELFHEAL_DRILL_FAULT',
    `Process ${pid} does not open its inspector: the fault is not in.`,
    'Is it a Node program? Its port may be taken by another (then start it with --inspect-port=0), or its main thread be stuck.',
  )
}

/** Where this process listens. Where that can't be read: Node's usual port. */
function portsOf(pid: number): readonly number[] {
  if (process.platform !== 'linux') return [9_229]
  try {
    const sockets = new Set(
      readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
        } catch {
          return []
        }
      }),
    )
    const listening = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n').slice(1)
    return listening.flatMap(line => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      // 0A: listening. The inspector is on 127.0.0.1.
      return state === '0A' && local.startsWith('0100007F:') && sockets.has(inode) ? [Number.parseInt(local.slice(9), 16)] : []
    })
  } catch {
    return []
  }
}

async function inspectorOn(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: AbortSignal.timeout(500) })
    const [first] = (await response.json()) as { readonly webSocketDebuggerUrl?: string }[]
    return first?.webSocketDebuggerUrl
  } catch {
    return undefined
  }
}

function evaluate(url: string, expression: string): Promise<{ readonly value: unknown } | 'gone'> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    const end = (said: { readonly value: unknown } | 'gone') => {
      clearTimeout(timer)
      socket.close()
      resolve(said)
    }
    const timer = setTimeout(() => end('gone'), PATIENCE_MS)
    socket.addEventListener('open', () =>
      socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, returnByValue: true } })),
    )
    socket.addEventListener('error', () => end('gone'))
    socket.addEventListener('close', () => end('gone'))
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as {
        id?: number
        result?: { result: { value?: unknown; description?: string }; exceptionDetails?: object }
      }
      if (id !== 1) return
      if (result?.exceptionDetails === undefined) return end({ value: result?.result.value })
      clearTimeout(timer)
      socket.close()
      const says = result.result.description ?? 'it threw'
      reject(
        new SelfhealError('SELFHEAL_DRILL_FAULT', `The fault is not in: ${says}`, 'Try it again; report it when it stays so.'),
      )
    })
  })
}
