// Starts an app that knows nothing of us with selfheal/auto in front of it, and asks it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { node } from '../../node.ts'

const root = dirname(dirname(dirname(import.meta.dirname)))
const AUTO = join(root, 'src/auto/index.ts')

export interface AutoApp {
  readonly process: ChildProcess
  readonly port: number
  /** The answer's status and text, and after how long. */
  ask(path: string): Promise<{ readonly status: number; readonly text: string; readonly ms: number }>
  said(): string
  end(): Promise<string>
}

export async function autoApp(file: string, env: Readonly<Record<string, string>>): Promise<AutoApp> {
  const args = ['--disable-warning=ExperimentalWarning', '--import', AUTO, join(import.meta.dirname, file)]
  const child = spawn(node, args, { env: { ...process.env, ...env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const port = await new Promise<number>((resolve, reject) => {
    const hear = (text: Buffer) => {
      said += String(text)
      const [, found] = /listening on (\d+)/.exec(said) ?? []
      if (found !== undefined) resolve(Number(found))
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', code => reject(new Error(`it ended with ${code}: ${said}`)))
  })
  return {
    process: child,
    port,
    async ask(path) {
      const begun = performance.now()
      // On a connection of its own: one that is kept may be closed by the app (5 s idle) just as it is used again.
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } }).catch(error => {
        throw new Error(`${path}: no answer (the app's end: ${child.exitCode ?? child.signalCode}): ${said}`, { cause: error })
      })
      return { status: response.status, text: await response.text(), ms: performance.now() - begun }
    },
    said: () => said,
    async end() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'close')
        child.kill('SIGTERM')
        await gone
      }
      return said
    },
  }
}
