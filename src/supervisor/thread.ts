// What a supervised worker thread runs first: takes its life from workerData, runs the module, and says how far it is.
import { type MessagePort, workerData } from 'node:worker_threads'
import { runInFrame } from '../core/index.ts'
import { setThisLife, type ThreadLife } from './this-life.ts'

export interface ToThread {
  readonly id: string
  readonly path: string
  readonly generation: number
  readonly file: string
  readonly beatMs: number | undefined
  readonly port: MessagePort
}
export type FromThread = { readonly is: 'listens' | 'loaded' | 'told' | 'beat' }

const { file, port, beatMs, ...facts } = (workerData as { readonly selfheal: ToThread }).selfheal
const stopping = new AbortController()
const say = (is: FromThread['is']) => port.postMessage({ is })
const listen = () => {
  port.on('message', () => stopping.abort())
  // To be asked is no reason to stay, for a module whose own handles are its life.
  port.unref()
  say('listens')
}
const life: ThreadLife = Object.freeze({ ...facts, signal: stopping.signal, ready: () => say('told'), beat: () => say('beat') })
setThisLife(life, listen)
if (beatMs !== undefined) setInterval(life.beat, beatMs).unref()

await runInFrame({ owner: facts.path }, async () => {
  const { start } = (await import(URL.canParse(file) ? file : new URL(`file://${file}`).href)) as { start?: unknown }
  if (typeof start !== 'function') return say('loaded')
  listen()
  // Its promise is its life, also when nothing else keeps the thread.
  port.ref()
  const ended = start(life) as Promise<void>
  say('loaded')
  await ended
  process.exit(0)
})
