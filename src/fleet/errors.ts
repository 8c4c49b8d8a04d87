// What this room refuses, each with its mend.
import { SelfhealError } from '../core/index.ts'

export const blindError = (what: string, cause?: unknown) =>
  new SelfhealError(
    'SELFHEAL_FLEET_BLIND',
    `${what} needs the fleet's engine, which does not answer${cause instanceof Error ? `: ${cause.message}` : ''}.`,
    'What was set before stays in force. On each machine by itself: selfheal mode, selfheal feature, selfheal failover.',
    cause,
  )

export const contendedError = (key: string) =>
  new SelfhealError('SELFHEAL_FLEET_CONTENDED', `Others changed ${key} at the same time, again and again.`, 'Try it once more.')

export const badBuildError = (build: string, by: string, why: string) =>
  new SelfhealError(
    'SELFHEAL_BUILD_BAD',
    `The build ${build} was found bad on ${by}: ${why}. This machine keeps the one it has.`,
    `Deploy another build; or, if ${by} was at fault: selfheal fleet forgive ${build}`,
  )

export const leftError = () =>
  new SelfhealError('SELFHEAL_FLEET_LEFT', 'This machine has left the fleet.', 'It joins again when it is started again.')

/** A clock's promise: rejects after `ms`; what it waited for may go on. */
export const lateError = (what: string, ms: number) =>
  new SelfhealError('SELFHEAL_FLEET_LATE', `${what} did not answer within ${ms} ms`, 'See to the engine: it is asked again.')

export const fencedError = (name: string, token: number) =>
  new SelfhealError(
    'SELFHEAL_FLEET_FENCED',
    `${name} with token ${token} has been overtaken: another machine has it.`,
    'Roll back and stop. Nothing was written under the old token.',
  )
