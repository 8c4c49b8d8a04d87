// What a supervisor refuses, by code. A child's own error passes through untouched; it is the `cause` where the supervisor's start fails.

const SAYS = {
  SELFHEAL_CHILD_ALREADY_STARTED: ['runs already', 'Use the running one, `error.child`; replace(id) gives it a new life.'],
  SELFHEAL_CHILD_ALREADY_PRESENT: [
    'is known already, and is not running',
    'restartChild(id) starts it; deleteChild(id) makes its id free.',
  ],
  SELFHEAL_CHILD_RUNNING: ['is running', 'terminateChild(id) first; replace(id) gives a running one a new life.'],
  SELFHEAL_CHILD_RESTARTING: ['is being restarted', 'Wait for it, or terminateChild(id) first: that cancels the restart.'],
  SELFHEAL_CHILD_REPLACING: ['is being replaced already', 'Wait for that replace to settle.'],
  SELFHEAL_CHILD_NOT_RUNNING: ['is not running', 'restartChild(id) starts it.'],
  SELFHEAL_CHILD_NOT_FOUND: ['is not known here', 'whichChildren() lists those that are.'],
  SELFHEAL_CHILD_START_FAILED: ['failed to start', 'Mend its cause: nothing was left running.'],
  SELFHEAL_CHILD_START_LATE: [
    'was not ready in time',
    'Find out what its start waits for, or give its spec a longer `startWithin`.',
  ],
  SELFHEAL_CHILD_START_RUBBISH: [
    'started with something that is no child',
    "start() must resolve to { handle, exited, kill } or 'ignore'; service(fn) makes one of a function.",
  ],
  SELFHEAL_CHILD_UNSTOPPED: [
    'did not end in time, and could not be killed',
    'Let it heed life.signal; what must be killable belongs in a worker thread or a program.',
  ],
  SELFHEAL_CHILD_STOPPED: ['was stopped before it was ready', 'Somebody stopped it: start it again when that is over.'],
  SELFHEAL_CHILD_IGNORED: ['said ignore: there is nothing to run', 'Let its options or its start give something to run.'],
  SELFHEAL_SUPERVISOR_FULL: ['has as many children as it may have', 'End one first, or give it a larger `maxChildren`.'],
  SELFHEAL_SUPERVISOR_STOPPED: ['has stopped, or is stopping', 'Ask again once it was restarted, by its new handle.'],
} as const

export type ChildErrorCode = keyof typeof SAYS

/** A command, or a start, that a supervisor could not do. */
export class ChildError extends Error {
  override readonly name = 'ChildError'
  readonly code: ChildErrorCode
  /** In the tree: 'app/web'. */
  readonly path: string
  /** What to do about it. */
  readonly mend: string
  /** The running child, with SELFHEAL_CHILD_ALREADY_STARTED. */
  declare readonly child?: unknown
  constructor(code: ChildErrorCode, path: string, more: { readonly cause?: unknown; readonly child?: unknown } = {}) {
    const why = more.cause === undefined ? '' : `: ${more.cause instanceof Error ? more.cause.message : String(more.cause)}`
    const [says, mend] = SAYS[code]
    super(`${path} ${says}${why}`, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.path = path
    this.mend = mend
    if (more.child !== undefined) Object.assign(this, { child: more.child })
  }
}
