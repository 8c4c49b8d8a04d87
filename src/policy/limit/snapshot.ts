// What one can see of a limit, and do to it, at run time.
import type { Json, Verb } from '../../core/index.ts'
import type { LimitCore } from './core.ts'

const SHOWN = 50

export function limitSnapshot(core: LimitCore): Json {
  const cells = core.cells.all()
  return {
    keys: cells.length,
    adaptive: core.adaptive !== undefined,
    refused: core.refused,
    shed: core.shed,
    leaked: core.leaks,
    cells: [...cells]
      .sort((a, b) => b.running + b.waiting - a.running - a.waiting)
      .slice(0, SHOWN)
      .map(({ key, max, running, waiting, stragglers }) => ({ key, max, running, waiting, runOn: stragglers.size })),
  }
}

export function limitVerbs(core: LimitCore): Readonly<Record<string, Verb>> {
  return Object.freeze({
    async resize(args) {
      const { max, key } = (args ?? {}) as { max?: unknown; key?: unknown }
      if (typeof max !== 'number' || !Number.isInteger(max) || max < 0)
        throw new TypeError('resize needs { max }, a whole number')
      core.resize(max, typeof key === 'string' ? key : undefined)
      return { max }
    },
  } satisfies Record<string, Verb>)
}
