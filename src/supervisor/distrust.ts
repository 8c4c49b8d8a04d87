// What a component hands over, read with distrust: rubbish must become a clear failure here, not an exception in the loop.
import type { Child, Exit } from './component.ts'

const REASONS: readonly unknown[] = ['normal', 'shutdown', 'killed', 'error']

/** undefined: it is no child. */
export function readChild(given: unknown): Child | 'ignore' | undefined {
  if (given === 'ignore') return given
  try {
    const child = given as Child
    return isThenable(child.exited) &&
      typeof child.kill === 'function' &&
      (child.retired === undefined || isThenable(child.retired))
      ? child
      : undefined
  } catch {
    return undefined
  }
}

export function readExit(given: unknown): Exit {
  try {
    if (REASONS.includes((given as Exit).reason)) return given as Exit
  } catch {
    // Not even readable: rubbish too.
  }
  return { reason: 'error', info: 'it ended without saying how' }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
