// What was measured as the tables of docs/faults.md, and which of our promises a row does not keep. Pure.
import { table } from '../table.ts'
import { SETTINGS } from './arms.ts'
import type { Figures } from './figures.ts'
import { ARMS, type Arm, DEADLINE_MS } from './plan.ts'
import type { Fault } from './stage.ts'
import type { Storm } from './storm.ts'

export interface Row {
  readonly fault: Fault
  readonly arm: Arm
  readonly figures: Figures
}
const DRIVERS = { postgres: 'PostgreSQL', mariadb: 'MariaDB', redis: 'Redis' } as const
const seconds = (ms: number) => (ms < 95 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`)
const called = ({ driver, name }: Fault) => (driver === 'postgres' ? name : `${DRIVERS[driver]}: ${name}`)

function held({ sockets, backends }: Figures['left']): string {
  if (sockets === undefined) return '–'
  return backends === undefined ? String(sockets) : `${sockets} (${backends})`
}

export function faultTable(rows: readonly Row[]): string {
  return table(
    [
      'fault',
      '',
      'noticed after',
      'longest wait',
      'connections left (server)',
      'back after',
      'lost in it',
      'lost after it',
      'never ended',
    ],
    rows.map(({ fault, arm, figures }, i) => [
      fault === rows[i - 1]?.fault ? '' : `**${called(fault)}**`,
      ARMS[arm],
      figures.noticed === undefined ? '–' : `${seconds(figures.noticed.ms)}, ${figures.noticed.calls} calls`,
      seconds(figures.longestMs),
      held(figures.left),
      figures.backMs === undefined ? 'not in time' : seconds(figures.backMs),
      figures.lost.during,
      figures.lost.after,
      figures.unfinished,
    ]),
  )
}

export function stormTable(storms: readonly Storm[]): string {
  return table(
    ['storm of 50', 'connections in 100 ms', 'in a second', 'in 5 s', 'refused (too many)', 'all well after', 'lost after it'],
    storms.map(one => [
      ARMS[one.arm],
      one.peakIn100Ms,
      one.peakInASecond,
      one.made,
      one.tooMany,
      one.backMs === undefined ? 'not in time' : seconds(one.backMs),
      one.lostAfter,
    ]),
  )
}

/** Where calls fail or hang, and nothing but the fault's end can help: what is promised for it. */
const NOTICED_MS: Readonly<Record<string, number>> = { refused: 1_000, hung: 3_000, 'black-holed': 3_000 }
const LATE_MS = 50
const BACK_MS = 1_000
/** A stopped MariaDB takes one connection that carries the KILLs for what it still holds, and reads them when it goes on. */
const kills = ({ driver }: Fault) => (driver === 'mariadb' ? 1 : 0)

export function broken(rows: readonly Row[]): string[] {
  return rows
    .filter(({ arm }) => arm === 'selfheal')
    .flatMap(({ fault, figures }) => {
      const within = NOTICED_MS[fault.name]
      const { noticed } = figures
      const soon = noticed !== undefined && (noticed.ms <= (within ?? 0) || (fault.name === 'refused' && noticed.calls <= 10))
      const shut = noticed !== undefined && fault.name !== 'failover' && within !== undefined
      const says = [
        within !== undefined && !soon ? `noticed after ${noticed === undefined ? 'never' : seconds(noticed.ms)}` : '',
        figures.longestMs > DEADLINE_MS + LATE_MS ? `a caller waited ${figures.longestMs} ms` : '',
        shut && (figures.left.sockets ?? 0) > kills(fault) ? `${figures.left.sockets} connections left` : '',
        (figures.afterProbeMs ?? 0) > BACK_MS ? `back ${figures.afterProbeMs} ms after its probes passed` : '',
        figures.backMs === undefined ? 'not back in time' : '',
        figures.unfinished > 0 ? `${figures.unfinished} calls never ended` : '',
      ].filter(said => said !== '')
      return says.length === 0 ? [] : [`${called(fault)}: ${says.join('; ')}.`]
    })
}

export const settingsText = {
  promise:
    'refused: noticed within 10 calls or 1 s; hung or black-holed: within the slow threshold (2 s) + 1 s; then 0 connections (MariaDB: 1, with the KILLs); no caller ' +
    'waits beyond the deadline + 50 ms; answers ≤ 1 s after the probes passed; nothing unfinished',
  arms: Object.entries(SETTINGS)
    .map(([arm, says]) => `- **${ARMS[arm as Arm]}**: ${says}.`)
    .join('\n'),
}

export function whatTheyAre(faults: readonly Fault[]): string {
  return faults.map(fault => `- **${called(fault)}**: ${fault.says}.`).join('\n')
}
