// What a supervisor refuses, by code. A child's own error passes through untouched; it is the `cause` where the supervisor's start fails.

const SAYS = {
  SELFHEAL_CHILD_ALREADY_STARTED: 'runs already',
  SELFHEAL_CHILD_ALREADY_PRESENT: 'is known already, and is not running',
  SELFHEAL_CHILD_RUNNING: 'is running',
  SELFHEAL_CHILD_RESTARTING: 'is being restarted',
  SELFHEAL_CHILD_REPLACING: 'is being replaced already',
  SELFHEAL_CHILD_NOT_RUNNING: 'is not running: restartChild starts it',
  SELFHEAL_CHILD_NOT_FOUND: 'is not known here',
  SELFHEAL_CHILD_START_FAILED: 'failed to start',
  SELFHEAL_CHILD_START_LATE: 'was not ready in time',
  SELFHEAL_CHILD_START_RUBBISH: 'started with something that is no child',
  SELFHEAL_CHILD_UNSTOPPED: 'did not end in time, and could not be killed',
  SELFHEAL_CHILD_STOPPED: 'was stopped before it was ready',
  SELFHEAL_CHILD_IGNORED: 'said ignore: there is nothing to run',
  SELFHEAL_SUPERVISOR_STOPPED: 'has stopped, or is stopping',
} as const

export type ChildErrorCode = keyof typeof SAYS

/** A command, or a start, that a supervisor could not do. */
export class ChildError extends Error {
  override readonly name = 'ChildError'
  readonly code: ChildErrorCode
  /** In the tree: 'app/web'. */
  readonly path: string
  /** The running child, with SELFHEAL_CHILD_ALREADY_STARTED. */
  declare readonly child?: unknown
  constructor(code: ChildErrorCode, path: string, more: { readonly cause?: unknown; readonly child?: unknown } = {}) {
    const why = more.cause === undefined ? '' : `: ${more.cause instanceof Error ? more.cause.message : String(more.cause)}`
    super(`${path} ${SAYS[code]}${why}`, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.path = path
    if (more.child !== undefined) Object.assign(this, { child: more.child })
  }
}
