// Pieces of a line that many events share: how long, how often, why, where, and how something ended.
import { formatBytes, formatMs } from '../core/index.ts'
import type { Facts } from './facts.ts'

export function end(d: Facts): string {
  const signal = d.text('signal')
  const code = d.number('code')
  const error = d.inside('error').text('message') ?? d.inside('info').text('message')
  const what = d.text('what')
  if (what === 'oom') return `ran out of memory${signal === undefined ? '' : ` (${signal})`}`
  if (what === 'hang') return 'was ended for being stuck'
  if (what === 'uncaught') return `died of an error nobody caught${error === undefined ? '' : `: ${error}`}`
  if (what === 'health') return 'was ended because its own connections failed while fresh ones work'
  if (what === 'escalated') return 'ended because what it supervises could not be kept running'
  if (what === 'start') return `did not start${error === undefined ? '' : `: ${error}`}`
  if (d.text('reason') === 'shutdown') return 'stopped'
  if (d.text('reason') === 'killed') return 'did not finish in time and was ended'
  if (signal !== undefined) return `was killed by ${signal}`
  if (code !== undefined && code !== 0) return `exited with code ${code}`
  return error === undefined ? 'ended' : `ended: ${error}`
}

/** How it ended, and how long it had run: not how long its end took. */
export function endAfter(d: Facts, uptimeMs: number | undefined, how = ''): string {
  const does = end(d)
  if ((does !== 'stopped' && d.text('reason') !== 'killed') || uptimeMs === undefined) return `${does}${after(uptimeMs)}${how}`
  return `${does}${how}; it had run for ${formatMs(uptimeMs)}`
}

/** "; 2 requests were not finished in time (1 got a 503, 1 was broken off): --drain and --grace give more time". */
export function unfinished(d: Facts): string {
  const refused = d.inside('unfinished').number('refused') ?? 0
  const broken = d.inside('unfinished').number('broken') ?? 0
  if (refused + broken === 0) return d.text('reason') === 'killed' ? '; --grace gives it more time' : ''
  const were = (n: number, how: string) => (n === 0 ? [] : [`${n} ${how}`])
  const how = [...were(refused, 'got a 503'), ...were(broken, broken === 1 ? 'was broken off' : 'were broken off')].join(', ')
  const who = refused + broken === 1 ? 'a request was' : `${refused + broken} requests were`
  return `; ${who} not finished in time (${how}): --drain and --grace give more time`
}

export const ms = (value: number | undefined) => (value === undefined ? 'a while' : formatMs(value))
export const bytes = (value: number | undefined) => (value === undefined ? 'too much' : formatBytes(value))
export const within = (value: number | undefined) => (value === undefined ? '' : ` after ${formatMs(value)}`)
export const after = (value: number | undefined, how = '') =>
  value === undefined ? '' : ` ${how === '' ? 'after ' : `(${how}`}${formatMs(value)}${how === '' ? '' : ')'}`
export const pid = (d: Facts) => (d.number('pid') === undefined ? '' : ` (pid ${d.number('pid')})`)
export const soon = (waitMs: number | undefined) =>
  waitMs === undefined || waitMs < 1 ? 'restarts at once' : `restarts in ${formatMs(waitMs)}`

export function said(error: Facts, before = ': '): string {
  const [name, message] = [error.text('name'), error.text('message')]
  if (name === undefined && message === undefined) return before === ' ' ? ' something' : ''
  return `${before}${[name, message].filter(Boolean).join(': ')}`
}

export function times(d: Facts): string {
  const [restarts, periodMs] = [d.number('restarts'), d.number('periodMs')]
  return restarts === undefined || periodMs === undefined ? '' : ` (${ordinal(restarts)} time in ${formatMs(periodMs)})`
}

export function ordinal(n: number): string {
  const [tens, ones] = [n % 100, n % 10]
  const end = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][ones] ?? 'th')
  return `${n}${end}`
}

/** The innermost line of the stack that is not Node's own. */
export function where(d: Facts): string {
  const own = d.list('stack').find(line => typeof line === 'string' && !line.includes('node:') && line.trim() !== '')
  const kernel = d.text('inKernel')
  return own === undefined ? (kernel === undefined ? '' : `, ${kernel}`) : ` in ${String(own).trim().replace(/^at /, '')}`
}

/** 'web', 'features/sell' → 'sell' */
export const nameOf = (source: string) => source.split('/').filter(Boolean).at(-1) ?? 'it'
