// command(file, args): another program, with a deadline. It runs in a process group of its own; when its time is up or its caller gives
// up, the whole group is asked to end, then killed, and only then does the call reject. What it says is kept up to a bound.
//
//   spawn ─► ends by itself ─► { stdout, stderr }, or CommandError
//        └─► time up, abort ─► SIGTERM to the group ─grace─► SIGKILL ─► gone ─► rejected
import { spawn } from 'node:child_process'
import { type Clock, systemClock } from '../core/index.ts'
import { CommandError, cut, type Ended, noTimeLeft } from './errors.ts'
import { timeFor, type Within } from './time.ts'

export interface CommandOptions extends Within {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Written to its standard input. Default: nothing, and it is closed. */
  readonly input?: string | Uint8Array
  /** Bytes kept of each of stdout and stderr; what is beyond is read and dropped. Default 1 MiB. */
  readonly keep?: number
  /** From SIGTERM to SIGKILL, in ms. Default 1,000. */
  readonly graceMs?: number
  readonly clock?: Clock
}

const DEFAULT_MS = 10_000
const KEEP = 1024 * 1024

/**
 * Runs `file` with `args`, without a shell. Default timeout 10 s. Rejects with CommandError (it ended badly), the signal's reason,
 * RejectedError SELFHEAL_IO_TIMEOUT or _NO_TIME, or the system's own error (ENOENT).
 */
export async function command(file: string, args: readonly string[] = [], options: CommandOptions = {}): Promise<Ended> {
  const { clock = systemClock, signal, keep = KEEP, graceMs = 1_000, cwd, env, input } = options
  signal?.throwIfAborted()
  const ms = timeFor(options, DEFAULT_MS, clock)
  const says = [file, ...args].join(' ').slice(0, 120)
  if (ms <= 0) throw noTimeLeft('command', says)
  const child = spawn(file, args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
  })
  const [stdout, stderr] = [kept(child.stdout, keep), kept(child.stderr, keep)]
  // One that does not read its input has not failed by that.
  child.stdin.on('error', () => {})
  child.stdin.end(input)

  return new Promise<Ended>((resolve, reject) => {
    let why: unknown
    let unkill = () => {}
    const giveUp = (error: unknown) => {
      if (why !== undefined) return
      why = error
      signalGroup(child.pid, 'SIGTERM')
      unkill = clock.after(graceMs, () => signalGroup(child.pid, 'SIGKILL'))
    }
    const abort = () => giveUp(signal!.reason)
    const undo = clock.after(ms, () =>
      giveUp(cut('command', says, ms, 'It and all it had started were ended. Give it more time, or less to do.')),
    )
    signal?.addEventListener('abort', abort, { once: true })
    const done = () => {
      undo()
      unkill()
      signal?.removeEventListener('abort', abort)
    }
    child.once('error', error => {
      done()
      reject(error)
    })
    child.once('exit', (code, by) => {
      // What it started and left behind must not outlive it, nor hold its output open.
      signalGroup(child.pid, 'SIGKILL')
      const finish = () => {
        done()
        const ended: Ended = { code, signal: by, stdout: stdout(), stderr: stderr() }
        if (why !== undefined) reject(why)
        else if (code === 0) resolve(ended)
        else reject(new CommandError(says, ended))
      }
      if (child.stdout.closed && child.stderr.closed) finish()
      else child.once('close', finish)
    })
  })
}

function kept(stream: NodeJS.ReadableStream, most: number): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('error', () => {})
  stream.on('data', (chunk: Buffer) => {
    if (size < most) chunks.push(chunk.subarray(0, most - size))
    size += chunk.length
  })
  return () => Buffer.concat(chunks).toString()
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // Nobody of the group is left.
  }
}
