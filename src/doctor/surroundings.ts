// What stands in front of an app and above it, with the times each is known for. Their defaults: a changed one is said by its own figure
// (`--behind nginx:90s`).
import { durationMs } from '../core/index.ts'
import type { Above, Behind } from './facts.ts'

const s = 1_000
export const PROXIES: Readonly<Record<string, Omit<Behind, 'name'>>> = {
  alb: { idleMs: 60 * s, answerMs: 60 * s },
  nginx: { idleMs: 75 * s, answerMs: 60 * s },
  heroku: { idleMs: 55 * s, answerMs: 30 * s },
  cloudflare: { idleMs: 900 * s, answerMs: 120 * s },
  cloudfront: { idleMs: 5 * s, answerMs: 30 * s },
  gcp: { idleMs: 600 * s, answerMs: 30 * s },
  caddy: { idleMs: 120 * s, answerMs: null },
}
export const STOPPERS: Readonly<Record<string, number>> = { docker: 10 * s, kubernetes: 30 * s, systemd: 90 * s, heroku: 30 * s }

/** 'alb', or with its own time to answer: 'nginx:90s'. undefined: not known. */
export function behind(word: string): Behind | undefined {
  const [name = '', own] = word.split(':')
  const usual = PROXIES[name]
  if (usual === undefined) return undefined
  if (own === undefined) return { name, ...usual }
  const ms = durationMs(own)
  return ms === undefined ? undefined : { name, idleMs: Math.max(ms, usual.idleMs), answerMs: ms }
}

/** 'docker', or with its own time: 'kubernetes:60s'. undefined: not known. */
export function above(word: string): Above | undefined {
  const [name = '', own] = word.split(':')
  const stopMs = own === undefined ? STOPPERS[name] : durationMs(own)
  return stopMs === undefined || STOPPERS[name] === undefined ? undefined : { name, stopMs }
}

/** What of it shows in the environment. */
export function surroundingsIn(
  env: Readonly<Record<string, string | undefined>>,
  inContainer: boolean,
): { readonly behind?: Behind; readonly above?: Above } {
  if (env['DYNO'] !== undefined) return { behind: behind('heroku')!, above: above('heroku')! }
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined) return { above: above('kubernetes')! }
  if (env['INVOCATION_ID'] !== undefined) return { above: above('systemd')! }
  return inContainer ? { above: above('docker')! } : {}
}
