// startRoot: runs a component that has no supervisor above it, and says how to stop it. What it exits with is for the process to
// answer: an exit with what `escalated` means that nothing in this process can heal it.
import { systemClock } from '../core/index.ts'
import type { Child, Component, Exit, Life } from './component.ts'
import { ChildError } from './errors.ts'
import { giveOn, rootGiven } from './inherited.ts'
import { PLEASE_STOP } from './signal.ts'
import type { Given } from './spec.ts'

export interface RootOptions extends Given {
  /** Its name, and the first part of its children's paths. Default app. */
  readonly path?: string
}
export interface Root<H = unknown> extends AsyncDisposable {
  readonly handle: H
  readonly child: Child<H>
  /** Never rejects. */
  readonly exited: Promise<Exit>
  /** Asks it to stop; a supervisor keeps its children's times itself. Resolves with its exit. Calling it twice does no harm. */
  stop(): Promise<Exit>
}

/** Rejects when it fails to start, and when it says `ignore`: there is nothing to run then. */
export async function startRoot<H>(component: Component<H>, options: RootOptions = {}): Promise<Root<H>> {
  const { path = 'app', clock, events, random } = options
  const controller = new AbortController()
  const life: Life = Object.freeze({ id: path, path, generation: 1, signal: controller.signal, beat: () => {} })
  giveOn(
    life,
    rootGiven({
      clock: clock ?? systemClock,
      ...(events === undefined ? {} : { events }),
      ...(random === undefined ? {} : { random }),
    }),
  )
  const child = await component.start(life)
  if (child === 'ignore') throw new ChildError('SELFHEAL_CHILD_IGNORED', path)
  const stop = () => {
    controller.abort(PLEASE_STOP)
    return child.exited
  }
  return Object.freeze({
    handle: child.handle,
    child,
    exited: child.exited,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
    },
  })
}
