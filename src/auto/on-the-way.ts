// One request of node:http that has no answer yet. Its origin's guard hears once what came of it; the app's own request is not listened to.
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../core/index.ts'
import { type Destination, GIVEN_UP, heardAs, type Progress, Verdict } from './request-rule.ts'

export interface Sent {
  begun(request: ClientRequest): void
  /** Node refused it. */
  notBegun(): void
  answered(response: IncomingMessage): void
  failed(error: unknown): void
}

export class OnTheWay implements Sent {
  readonly begunAt: number
  readonly clock: Clock
  readonly to: Destination
  readonly foreign: boolean
  readonly all: Set<OnTheWay>
  readonly sockets: Set<Socket>
  request: ClientRequest | undefined
  progress: Progress
  /** Its origin's guard has heard what came of it. */
  told = false
  gone = false
  resolve!: (value: unknown) => void
  reject!: (error: unknown) => void
  readonly ended = new Promise<unknown>((resolve, reject) => {
    this.resolve = resolve
    this.reject = reject
  })

  constructor(to: Destination, foreign: boolean, all: Set<OnTheWay>, sockets: Set<Socket>, clock: Clock) {
    this.clock = clock
    this.begunAt = clock.now()
    this.progress = { heardAt: this.begunAt, written: 0 }
    this.to = to
    this.foreign = foreign
    this.all = all
    this.sockets = sockets
    all.add(this)
  }

  begun(request: ClientRequest): void {
    this.request = request
  }

  notBegun(): void {
    this.failed(new Verdict(GIVEN_UP))
  }

  answered(response: IncomingMessage): void {
    this.all.delete(this)
    this.told = true
    const { socket } = response
    if (!this.sockets.has(socket)) {
      this.sockets.add(socket)
      socket.once('close', () => this.sockets.delete(socket))
    }
    this.resolve(response)
  }

  failed(error: unknown): void {
    this.all.delete(this)
    if (this.told) return
    this.told = true
    this.reject(this.request === undefined ? error : heardAs(this.request, error, this.clock.now() - this.begunAt))
  }

  /** Nothing more is asked of its origin's guard; the request goes on. */
  tellNothing(): void {
    if (this.told) return
    this.told = true
    this.reject(new Verdict(GIVEN_UP))
  }
}
