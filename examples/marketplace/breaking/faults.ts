// The ways to break the marketplace: what each does, and to whom.
import { LASTING } from './lasting.ts'

export interface Fault {
  /** Which program it breaks. */
  readonly program: 'app' | 'database'
  /** For the usage. */
  readonly does: string
  /** "app.1 (pid 4711) …" */
  readonly says: string
  /** A signal to the program's process, or the app's own route that breaks it. */
  readonly by: { readonly signal: NodeJS.Signals } | { readonly route: string }
  /** It serves on for a while after it was broken: time counts from its last answer. */
  readonly slow?: true
}

export const FAULTS: Readonly<Record<string, Fault>> = Object.freeze({
  crash: { program: 'app', does: 'kill -9 of the process that serves', says: 'was killed by kill -9', by: { signal: 'SIGKILL' } },
  throw: {
    program: 'app',
    does: 'an error that nobody catches',
    says: 'threw an error that nobody caught',
    by: { route: '/__break/throw' },
  },
  reject: {
    program: 'app',
    does: 'a rejection that nobody handles',
    says: 'had a rejection that nobody handled',
    by: { route: '/__break/reject' },
  },
  hang: { program: 'app', does: 'for(;;) on its only thread', says: 'got stuck in for(;;)', by: { route: '/__break/hang' } },
  leak: {
    program: 'app',
    does: 'memory is kept until there is none',
    says: 'leaked until it was out of memory',
    by: { route: '/__break/leak' },
    slow: true,
  },
  exit: { program: 'app', does: 'process.exit(1)', says: 'called process.exit(1)', by: { route: '/__break/exit' } },
  stop: {
    program: 'app',
    does: 'SIGSTOP: it is there, and does nothing',
    says: 'was stopped by SIGSTOP',
    by: { signal: 'SIGSTOP' },
  },
  'database-crash': {
    program: 'database',
    does: 'kill -9 of the database program',
    says: 'was killed by kill -9',
    by: { signal: 'SIGKILL' },
  },
})

export function usage(): string {
  const line = ([name, { does }]: readonly [string, { readonly does: string }]) => `  npm run break -- ${name.padEnd(29)} ${does}`
  return [
    'Breaks the running marketplace on purpose, and tells how it got itself working again:',
    ...Object.entries(FAULTS).map(line),
    ...Object.entries(LASTING).map(line),
  ].join('\n')
}
